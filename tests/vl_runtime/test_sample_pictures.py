import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DATASETS
from mmengine.structures import BaseDataElement, InstanceData

from vl_runtime.errors import InputKeyError, InputValueError
from vl_runtime.sample_pictures import sample_picture, sample_pictures
from vl_runtime.visualization import label_colour


class Boxes:
    """As mmdet's box types: the numbers are in ``tensor``."""

    def __init__(self, tensor):
        self.tensor = tensor


def sample(boxes, labels, **meta):
    data = BaseDataElement(metainfo=meta)
    data.gt_instances = InstanceData(labels=torch.tensor(labels))
    data.gt_instances.set_field(boxes, 'bboxes', dtype=None)
    return {'inputs': torch.full((3, 500, 600), 128, dtype=torch.uint8), 'data_samples': data}


@DATASETS.register_module(force=True)
class NoisyPictures:
    """Ten samples that draw from numpy's generator, as augmentation does."""

    metainfo = {'classes': ('cat',)}

    def __len__(self):
        return 10

    def __getitem__(self, index):
        item = sample(torch.zeros(0, 4), [], img_path=f'/x/{index}.jpg')
        item['inputs'] = torch.from_numpy(np.random.randint(0, 255, (3, 500, 600), np.uint8))
        return item


def has(picture, number):
    return bool((picture[..., ::-1] == label_colour(number)).all(axis=-1).any())


def test_boxes_are_drawn_and_the_caption_tells_texts_without_padding():
    boxes = Boxes(torch.tensor([[100.0, 100.0, 300.0, 300.0]]))
    texts = ['dog', 'cat', '', ' ']
    picture, caption = sample_picture(sample(boxes, [1], texts=texts, img_path='/data/a.jpg'))
    assert picture.shape == (500, 600, 3)
    assert has(picture, 0)
    assert caption == 'a.jpg: 1 box, 2 texts: dog, cat'


def test_the_caption_tells_what_is_asked_and_the_expected_words():
    asked = sample(torch.zeros(0, 4), [], task='industry', gt_answer='Industry:\nFood')
    assert sample_picture(asked)[1] == 'industry "Industry: Food", 0 boxes'
    assert sample_picture(sample(torch.zeros(0, 4), [], task='detection'))[1] == (
        'detection, 0 boxes'
    )


def test_a_text_keeps_its_colour_though_its_label_changes():
    boxes, numbers = torch.tensor([[100.0, 100.0, 300.0, 300.0]]), {'cat': 3}
    for texts, label in ((['dog', 'cat'], 1), (['cat', 'dog'], 0)):
        picture, _ = sample_picture(sample(boxes, [label], texts=texts), numbers=numbers)
        assert has(picture, 3)


def test_samples_without_texts_are_named_by_the_classes():
    boxes = torch.tensor([[1.0, 1.0, 30.0, 30.0]] * 2)
    _, caption = sample_picture(sample(boxes, [0, 5]), ['cat'])
    assert caption == '2 boxes'


def test_unpacked_samples_are_an_error():
    with pytest.raises(InputValueError, match=r"expected packed samples .*found \['img'\]"):
        sample_picture({'img': 1})
    with pytest.raises(InputValueError, match='found NoneType'):
        sample_picture(None)


def test_the_seed_chooses_samples_and_their_augmentation():
    config = Config({'train_dataloader': {'dataset': {'type': 'NoisyPictures'}}})
    first, again = (list(sample_pictures(config, 3, seed=5)) for _ in range(2))
    other = list(sample_pictures(config, 3, seed=6))
    assert [caption for _, caption in first] == [caption for _, caption in again]
    assert all(np.array_equal(a, b) for (a, _), (b, _) in zip(first, again, strict=True))
    assert not np.array_equal(first[0][0], other[0][0])
    assert len(list(sample_pictures(config, 12))) == 12


def test_a_missing_part_and_no_sample_are_errors():
    config = Config({'train_dataloader': {'dataset': {'type': 'NoisyPictures'}}})
    with pytest.raises(InputKeyError, match='expected val_dataloader, found none'):
        next(sample_pictures(config, part='val'))
    with pytest.raises(InputValueError, match='num: expected at least 1 sample, found 0'):
        next(sample_pictures(config, 0))
