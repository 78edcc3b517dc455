"""What a pipeline ends in."""

import pickle

import numpy as np
import pytest
import torch
from mmengine.registry import TRANSFORMS

from vl_runtime.errors import InputValueError
from vlm_detector.families import FAMILIES


@pytest.fixture
def steps(tiny_folder):
    def of(family):
        encoder = {'family': family, 'source': str(tiny_folder(family))}
        return [
            TRANSFORMS.build({'type': kind, 'encoder': encoder})
            for kind in ('BuildConversation', 'PackConversation')
        ]

    return of


def results(dtype=np.uint8):
    image = np.random.default_rng(0).integers(0, 255, (80, 100, 3)).astype(dtype)
    return {
        'img': image,
        'img_id': 7,
        'img_path': 'a.jpg',
        'ori_shape': (80, 100),
        'img_shape': (80, 100),
        'gt_bboxes': np.array([[10, 20, 50, 60]], np.float32),
        'gt_bboxes_labels': np.array([1]),
        'texts': ['cat', 'dog'],
    }


@pytest.mark.parametrize('family', sorted(FAMILIES))
def test_a_training_item_holds_picture_tokens_and_sample(steps, family):
    build, pack = steps(family)
    item = pack(build(results()))
    inputs, sample = item['inputs'], item['data_samples']
    assert inputs['image'].image_size_wh == (100, 80)
    assert inputs['prompt_ids'].count(inputs['image'].token_id) == inputs['image'].num_tokens
    tokens = pack.encoder.tokenizer.convert_ids_to_tokens(inputs['answer_ids'])
    flagged = [t for t, flag in zip(tokens, inputs['coordinate_flags'], strict=True) if flag]
    if family == 'florence2':
        assert flagged == ['<loc_100>', '<loc_250>', '<loc_500>', '<loc_750>']
    else:
        assert all(token.isdecimal() for token in flagged)
        assert len(flagged) >= 8
    assert sample.metainfo['texts'] == ['cat', 'dog']
    assert sample.metainfo['task'] == 'detection'
    assert sample.metainfo['model_size_wh'] == inputs['image'].model_size_wh
    assert sample.metainfo['scale_factor'] == (1.0, 1.0)
    assert sample.gt_instances.labels.tolist() == [1]
    pickle.loads(pickle.dumps(item))


def test_a_test_item_holds_the_picture_alone(steps):
    _, pack = steps('qwen3_vl')
    assert set(pack(results())['inputs']) == {'image'}


def test_pictures_are_read_as_bgr(steps):
    _, pack = steps('florence2')
    blue = results()
    blue['img'] = np.zeros((80, 100, 3), np.uint8)
    blue['img'][..., 0] = 255
    pixels = pack(blue)['inputs']['image'].pixel_values
    assert pixels[2].mean() > pixels[0].mean() + 1  # channels of the model are RGB


def test_floats_of_0_to_255_are_the_same_picture(steps):
    _, pack = steps('qwen3_vl')
    whole, floats = (pack(results(kind))['inputs']['image'] for kind in (np.uint8, np.float32))
    assert torch.equal(whole.pixel_values, floats.pixel_values)


def test_no_picture_and_elongated_pictures_are_named(steps):
    _, pack = steps('qwen3_vl')
    with pytest.raises(InputValueError, match=r'expected img in the results, found none'):
        pack({'img_path': 'a.jpg'})
    with pytest.raises(InputValueError, match=r'a\.jpg: picture of 300 x 1 pixels'):
        pack({**results(), 'img': np.zeros((1, 300, 3), np.uint8)})


@pytest.mark.parametrize('family', sorted(FAMILIES))
def test_an_item_can_be_looked_at_as_the_model_sees_it(steps, family):
    build, pack = steps(family)
    item = pack(build(results()))
    shown = pack.as_picture(item)
    width, height = item['inputs']['image'].model_size_wh
    assert shown['inputs'].shape == (3, height, width) and shown['inputs'].dtype == torch.uint8
    boxes = shown['data_samples'].gt_instances.bboxes
    expected = torch.tensor([[0.1 * width, 0.25 * height, 0.5 * width, 0.75 * height]])
    torch.testing.assert_close(getattr(boxes, 'tensor', boxes), expected, rtol=0, atol=1e-3)
    kept = item['data_samples'].gt_instances.bboxes
    assert getattr(kept, 'tensor', kept).tolist() == [[10, 20, 50, 60]]
