"""Training batches."""

import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample
from mmdet.structures.bbox import HorizontalBoxes
from mmengine.registry import FUNCTIONS
from mmengine.structures import InstanceData

from vl_runtime.errors import InputValueError


def item(image, boxes, labels, masks=None, **metainfo):
    instances = InstanceData(bboxes=HorizontalBoxes(boxes), labels=torch.as_tensor(labels))
    if masks is not None:
        instances.masks = masks
    sample = DetDataSample(gt_instances=instances, metainfo=metainfo)
    return {'inputs': torch.as_tensor(image), 'data_samples': sample}


def test_batch_equals_the_reference(load_golden):
    case = load_golden('collate_preprocess.npz')
    table = case['out.bboxes_labels']
    items, first = [], 0
    for i, texts in enumerate(case['cfg']['texts']):
        boxes = case[f'in.boxes{i}']
        labels = table[table[:, 0] == i, 1].astype(np.int64)
        masks = torch.as_tensor(case['out.masks'][first : first + len(boxes)])
        first += len(boxes)
        items.append(
            item(
                case[f'in.img{i}'],
                boxes,
                labels,
                masks,
                texts=texts,
                is_detection=int(case['out.is_detection'][i]),
            )
        )

    batch = FUNCTIONS.get('yolow_collate')(items)

    assert sorted(batch['data_samples']) == case['cfg']['keys']
    assert batch['data_samples']['texts'] == case['cfg']['texts']
    for key in ('bboxes_labels', 'masks', 'is_detection'):
        np.testing.assert_array_equal(batch['data_samples'][key], case[f'out.{key}'])
    np.testing.assert_array_equal(batch['inputs'], case['out.inputs'])
    assert batch['inputs'].dtype == torch.uint8


def test_images_of_different_sizes_are_a_list_or_an_error():
    items = [
        item(
            torch.zeros(3, 4, side),
            torch.zeros(0, 4),
            torch.zeros(0, dtype=torch.int64),
            img_path=f'{side}.jpg',
        )
        for side in (4, 6)
    ]
    collate = FUNCTIONS.get('yolow_collate')
    assert [image.shape[2] for image in collate(items, use_ms_training=True)['inputs']] == [4, 6]
    with pytest.raises(InputValueError, match=r'index 1 \(6.jpg\) \(3, 4, 6\)'):
        collate(items)


def test_texts_in_only_some_samples_are_an_error():
    empty = torch.zeros(0, 4), torch.zeros(0, dtype=torch.int64)
    items = [item(torch.zeros(3, 4, 4), *empty, texts=['a']), item(torch.zeros(3, 4, 4), *empty)]
    with pytest.raises(InputValueError, match="expected 'texts' in all 2 samples, found it in 1"):
        FUNCTIONS.get('yolow_collate')(items)
