import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.registry import MODELS

import yolo_world  # noqa: F401
from vl_runtime.errors import InputValueError

CFG = {
    'type': 'YOLOWDetDataPreprocessor',
    'mean': [0.0] * 3,
    'std': [255.0] * 3,
    'bgr_to_rgb': True,
}


def training_batch(case):
    return {
        'inputs': case.outputs['inputs'],
        'data_samples': {
            'bboxes_labels': case.outputs['bboxes_labels'],
            'masks': case.outputs['masks'],
            'texts': case.cfg['texts'],
            'is_detection': case.outputs['is_detection'],
        },
    }


def test_training_batch_equals_the_reference(golden_case):
    case = golden_case('collate_preprocess')

    output = MODELS.build(CFG)(training_batch(case), training=True)

    torch.testing.assert_close(output['inputs'], case.outputs['normalized'], rtol=0, atol=1e-6)
    samples = output['data_samples']
    assert sorted(samples) == case.cfg['keys_after']
    for name in ('bboxes_labels', 'masks', 'is_detection'):
        assert torch.equal(samples[name], case.outputs[name])
    assert samples['texts'] == case.cfg['texts']
    shapes = [tuple(meta['batch_input_shape']) for meta in samples['img_metas']]
    assert shapes == [tuple(case.cfg['batch_input_shape'])] * 3


def test_absent_entries_stay_absent(golden_case):
    batch = training_batch(golden_case('collate_preprocess'))
    batch['data_samples'] = {'bboxes_labels': batch['data_samples']['bboxes_labels']}

    output = MODELS.build(CFG)(batch, training=True)

    assert sorted(output['data_samples']) == ['bboxes_labels', 'img_metas']


def test_testing_is_as_in_mmdet():
    image = torch.randint(0, 256, (3, 4, 6), dtype=torch.uint8)
    data = {'inputs': [image], 'data_samples': [DetDataSample()]}

    output = MODELS.build(CFG)(data, training=False)

    torch.testing.assert_close(output['inputs'][0], image.flip(0) / 255)
    assert output['data_samples'][0].batch_input_shape == (4, 6)


def test_batch_augmentation_sees_images_and_boxes(golden_case):
    batch = training_batch(golden_case('collate_preprocess'))
    preprocessor = MODELS.build(CFG)
    preprocessor.batch_augments = [lambda images, samples: (images[..., :2], samples)]

    output = preprocessor(batch, training=True)

    assert tuple(output['data_samples']['img_metas'][0]['batch_input_shape']) == (4, 2)


def test_images_of_different_size_are_refused():
    data = {'inputs': [torch.zeros(3, 4, 4), torch.zeros(3, 6, 4)], 'data_samples': {}}

    with pytest.raises(InputValueError, match='found a list of 2; collate with use_ms_training'):
        MODELS.build(CFG)(data, training=True)
