import copy

import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.config import ConfigDict
from mmengine.registry import MODELS
from mmengine.structures import InstanceData

import yolo_world  # noqa: F401
from vl_runtime.errors import InputKeyError, InputValueError

ASSIGNER = {
    'type': 'YOLOWorldSegAssigner',
    'num_classes': 5,
    'use_ciou': True,
    'topk': 10,
    'alpha': 0.5,
    'beta': 6.0,
    'eps': 1e-9,
}
MODULE = {
    'type': 'YOLOWorldSegHeadModule',
    'num_classes': 5,
    'in_channels': [32, 64, 128],
    'widen_factor': 0.25,
    'reg_max': 4,
    'embed_dims': 12,
    'use_bn_head': True,
    'proto_channels': 16,
    'mask_channels': 8,
}
TEST_CFG = {
    'multi_label': True,
    'nms_pre': 30000,
    'score_thr': 0.001,
    'nms': {'type': 'nms', 'iou_threshold': 0.7},
    'max_per_img': 30,
    'mask_thr_binary': 0.5,
    'fast_test': True,
}


def build_head(assigner=ASSIGNER, test_cfg=TEST_CFG, head_module=MODULE, **options):
    return MODELS.build(
        {
            'type': 'YOLOWorldSegHead',
            'head_module': head_module,
            'train_cfg': ConfigDict(assigner=assigner),
            'test_cfg': ConfigDict(test_cfg),
            'loss_mask_weight': 1.0,
            **options,
        }
    )


def features(batch=2):
    return [torch.randn(batch, c, s, s) for c, s in ((8, 8), (16, 4), (32, 2))]


def loss_maps(case):
    kinds = ('cls', 'box', 'dist', 'coeff')
    maps = [[x.clone().requires_grad_() for x in case.levels(kind)] for kind in kinds]
    return (*maps, case.inputs['proto'].clone().requires_grad_())


def samples_of(case):
    """The reference's batch as data samples instead of one table."""
    from mmdet.structures.mask import BitmapMasks  # needs the operators that yolo_world brings

    rows, masks = case.inputs['gt'], case.inputs['masks']
    samples = []
    for image in range(2):
        chosen = rows[:, 0] == image
        bitmaps = BitmapMasks(masks[chosen].numpy().astype(np.uint8), 16, 16)
        truth = InstanceData(labels=rows[chosen, 1].long(), bboxes=rows[chosen, 2:], masks=bitmaps)
        samples.append(DetDataSample(gt_instances=truth, metainfo={}))
    return samples


# -------------------------------------------------------------------- loss


@pytest.mark.parametrize('assigner', ['YOLOWorldSegAssigner', 'BatchTaskAlignedAssigner'])
def test_losses_and_gradients_equal_the_reference_with_either_assigner(golden_case, assigner):
    case = golden_case('seg_loss')
    head = build_head(dict(ASSIGNER, type=assigner))
    maps = loss_maps(case)

    losses = head.loss_by_feat(*maps, case.inputs['gt'], case.inputs['masks'], [{}, {}])
    losses['loss_mask'].backward()

    for key, value in losses.items():
        torch.testing.assert_close(value.detach(), case.outputs[key], rtol=2e-4, atol=1e-5)
    for level, coefficients in enumerate(maps[3]):
        expected = case.outputs[f'grad_coeff{level}']
        found = torch.zeros_like(expected) if coefficients.grad is None else coefficients.grad
        torch.testing.assert_close(found, expected, rtol=2e-4, atol=1e-5)
    torch.testing.assert_close(maps[4].grad, case.outputs['grad_proto'], rtol=2e-4, atol=1e-5)


def test_order_of_the_rows_does_not_matter(golden_case):
    case = golden_case('seg_loss')
    order = torch.tensor([2, 0, 3, 1, 4])  # images mixed

    losses = build_head().loss_by_feat(
        *loss_maps(case), case.inputs['gt'][order], case.inputs['masks'][order], [{}, {}]
    )

    for key, value in losses.items():
        torch.testing.assert_close(value.detach(), case.outputs[key], rtol=2e-4, atol=1e-5)


def test_masks_of_full_size_are_brought_to_the_prototypes(golden_case):
    case = golden_case('seg_loss')
    full = case.inputs['masks'].bool().repeat_interleave(4, 1).repeat_interleave(4, 2)

    losses = build_head().loss_by_feat(*loss_maps(case), case.inputs['gt'], full, [{}, {}])

    expected = case.outputs['loss_mask']
    torch.testing.assert_close(losses['loss_mask'].detach(), expected, rtol=2e-4, atol=1e-5)


def test_data_samples_and_the_collated_table_give_the_same_loss(golden_case):
    case = golden_case('seg_loss')
    head = build_head().train()
    levels, texts = features(), torch.randn(2, 5, 12)
    table = {
        'bboxes_labels': case.inputs['gt'],
        'masks': case.inputs['masks'].bool(),
        'img_metas': [{}, {}],
    }

    from_table = head.loss(levels, texts, None, table)
    from_samples = head.loss(levels, texts, None, samples_of(case))

    torch.testing.assert_close(from_table, from_samples)


def test_batch_without_objects_trains_the_classes_only():
    head = build_head().train()
    empty = {
        'bboxes_labels': torch.zeros(0, 6),
        'masks': torch.zeros(0, 16, 16, dtype=torch.bool),
        'img_metas': [{}, {}],
    }

    losses = head.loss(features(), torch.randn(2, 5, 12), None, empty)
    sum(losses.values()).backward()

    assert losses['loss_mask'] == losses['loss_bbox'] == 0
    assert losses['loss_cls'] > 0
    assert all(p.grad is not None for p in head.head_module.proto_pred.parameters())


def test_image_whose_only_object_has_index_zero_counts():
    head = build_head().train()
    one = {
        'bboxes_labels': torch.tensor([[0.0, 1, 4, 4, 60, 60]]),
        'masks': torch.ones(1, 16, 16, dtype=torch.bool),
        'img_metas': [{}],
    }

    losses = head.loss(features(1), torch.randn(1, 5, 12), None, one)

    assert losses['loss_mask'] > 0


def test_loss_is_finite_under_autocast(golden_case):
    case = golden_case('seg_loss')
    head = build_head().train()
    data = {
        'bboxes_labels': case.inputs['gt'],
        'masks': case.inputs['masks'].bool(),
        'img_metas': [{}, {}],
    }

    with torch.autocast('cpu', dtype=torch.bfloat16):
        losses = head.loss(features(), torch.randn(2, 5, 12), None, data)

    assert all(value.isfinite() for value in losses.values())
    assert losses['loss_mask'].dtype == torch.float32


def test_masked_text_adds_no_classification_loss(golden_case):
    case = golden_case('seg_loss')
    head = build_head().train()
    rows = case.inputs['gt'].clone()
    rows[:, 1] = 1
    data = {'bboxes_labels': rows, 'masks': case.inputs['masks'], 'img_metas': [{}, {}]}
    mask = torch.tensor([[1.0, 1, 1, 1, 0]] * 2)
    levels, texts = features(), torch.randn(2, 5, 12)

    masked = head.loss(levels, texts, mask, data)
    unmasked = head.loss(levels, texts, None, data)

    assert masked['loss_cls'] < unmasked['loss_cls']


def test_boxes_without_masks_are_refused():
    head = build_head().train()
    data = {'bboxes_labels': torch.tensor([[0.0, 1, 4, 4, 60, 60]]), 'img_metas': [{}]}

    with pytest.raises(InputKeyError, match=r'for each of the 1 boxes .* found 0; load them'):
        head.loss(features(1), torch.randn(1, 5, 12), None, data)


def test_overlap_maps_are_refused():
    with pytest.raises(InputValueError, match='expected mask_overlap=False'):
        build_head(mask_overlap=True)


def test_other_assigners_are_refused():
    wrong = {'type': 'BatchATSSAssigner', 'num_classes': 5, 'iou_calculator': {
        'type': 'mmdet.BboxOverlaps2D'}}  # fmt: skip
    with pytest.raises(InputValueError, match=r'train_cfg.assigner: .* found BatchATSSAssigner'):
        build_head(wrong)


# -------------------------------------------------------------- prediction


def test_detections_and_masks_equal_the_reference(golden_case):
    case = golden_case('seg_head')
    head = build_head(test_cfg=case.cfg['test_cfg'], head_module=case.cfg['head_module'])
    case.load_into(head.head_module)
    head.eval()
    meta = {'ori_shape': (50, 64), 'pad_param': [7, 7, 0, 0], 'batch_input_shape': (64, 64)}
    samples = [DetDataSample(metainfo=meta) for _ in range(2)]

    with torch.no_grad():
        results = head.predict(case.levels('f'), case.inputs['text'], None, samples, rescale=True)

    for image, found in enumerate(results):
        case.assert_detections(found, image)
        expected = case.outputs[f'masks{image}']
        assert found.masks.dtype == torch.bool
        assert found.masks.shape == expected.shape
        boxes = case.outputs[f'bboxes{image}']
        for box, label, mask in zip(found.bboxes, found.labels, found.masks):
            same = torch.isclose(boxes, box, rtol=1e-4, atol=1e-3).all(1)
            same &= case.outputs[f'labels{image}'] == label
            assert any(torch.equal(mask, other) for other in expected[same])


def predict(head, meta, rescale=True, batch=1, seed=0):
    torch.manual_seed(seed)
    samples = [DetDataSample(metainfo=meta) for _ in range(batch)]
    with torch.no_grad():
        return head.predict(features(batch), torch.randn(batch, 5, 12), None, samples, rescale)


def low_threshold(**changes):
    head = build_head(test_cfg=dict(TEST_CFG, **changes)).eval()
    for contrast in head.head_module.cls_contrasts:
        torch.nn.init.constant_(contrast.logit_scale, 1.0)
    return head


@pytest.mark.parametrize('fast_test', [True, False])
@pytest.mark.parametrize(
    ('ori_shape', 'pad'), [((30, 120), (24, 24, 0, 0)), ((128, 41), (0, 0, 21, 22))]
)
def test_masks_have_the_size_of_the_original_picture(ori_shape, pad, fast_test):
    found = predict(
        low_threshold(fast_test=fast_test),
        {'ori_shape': ori_shape, 'img_shape': (64, 64), 'pad_param': np.array(pad, np.float32)},
    )[0]

    assert len(found) > 0
    assert found.masks.shape == (len(found), *ori_shape)
    # a mask stays inside its box, up to the pixels that resizing mixes
    rows = torch.arange(ori_shape[0])[None]
    outside = (rows < found.bboxes[:, 1:2] - 4) | (rows > found.bboxes[:, 3:4] + 4)
    assert not (found.masks.any(2) & outside).any()


def test_every_picture_of_a_batch_has_an_answer():
    meta = {'ori_shape': (64, 64), 'pad_param': [0, 0, 0, 0], 'batch_input_shape': (64, 64)}
    results = predict(low_threshold(), meta, batch=5)
    assert len(results) == 5
    assert all(len(found.masks) == len(found.scores) > 0 for found in results)


def test_both_ways_of_resizing_nearly_agree():
    meta = {'ori_shape': (100, 128), 'img_shape': (64, 64), 'pad_param': (7, 7, 0, 0)}
    head = low_threshold()
    fast = predict(head, meta)[0].masks
    head.test_cfg.fast_test = False
    slow = predict(head, meta)[0].masks

    assert fast.any()
    assert (fast & slow).sum() > 0.9 * (fast | slow).sum()


def test_padding_of_the_batch_is_no_part_of_the_picture():
    """A picture beside a larger one is padded at the bottom and on the right."""
    head = low_threshold()
    alone = {'ori_shape': (96, 128), 'img_shape': (48, 64)}

    found = predict(head, alone)[0]

    assert found.masks.shape[1:] == (96, 128)
    assert found.bboxes[:, 3].max() <= 96
    raw = predict(head, alone, rescale=False)[0]
    torch.testing.assert_close(
        found.bboxes, (raw.bboxes * 2).minimum(torch.tensor([128.0, 96, 128, 96]))
    )
    assert raw.masks.shape[1:] == (64, 64)


def test_many_masks_are_made_in_parts_with_the_same_result(monkeypatch):
    head, meta = low_threshold(), {'ori_shape': (96, 128)}
    whole = predict(head, meta)[0]

    monkeypatch.setattr('yolo_world.models.heads.mask_prediction.MAX_PIXELS_AT_ONCE', 40_000)
    parts = predict(head, meta)[0]

    assert len(whole) > 3
    assert torch.equal(whole.masks, parts.masks)


@pytest.mark.parametrize(('rescale', 'shape'), [(True, (50, 80)), (False, (64, 64))])
def test_no_detection_gives_an_empty_stack_of_masks(rescale, shape):
    head = low_threshold(score_thr=1.0)

    results = predict(head, {'ori_shape': (50, 80)}, rescale, batch=5)

    assert len(results) == 5  # more images than levels
    for found in results:
        assert len(found) == 0
        assert found.masks.shape == (0, *shape)
        assert found.masks.dtype == torch.bool
        assert found.bboxes.shape == (0, 4)
        assert found.labels.dtype == torch.int64


def test_without_suppression_every_candidate_has_a_mask():
    head = low_threshold(score_thr=0.4)
    torch.manual_seed(1)
    outs = head(features(1), torch.randn(1, 5, 12))

    found = head.predict_by_feat(
        *outs, [{'ori_shape': (64, 64)}], cfg=copy.deepcopy(head.test_cfg), with_nms=False
    )[0]

    assert len(found.masks) == len(found.bboxes) > 30


def test_loss_and_predict_gives_both(golden_case):
    case = golden_case('seg_loss')
    head = build_head().train()
    samples = samples_of(case)
    for sample in samples:
        sample.set_metainfo({'ori_shape': (64, 64)})

    losses, results = head.loss_and_predict(
        features(), torch.randn(2, 5, 12), None, samples, head.test_cfg
    )

    assert set(losses) == {'loss_cls', 'loss_bbox', 'loss_dfl', 'loss_mask'}
    assert all(found.masks.shape[1:] == (64, 64) for found in results)


# --------------------------------------------------------------- detectors


@pytest.mark.parametrize('detector', ['YOLOWorldDetector', 'SimpleYOLOWorldDetector'])
def test_detectors_train_and_predict_with_masks(tiny_config, build_model, detector):
    cfg = tiny_config(3)
    cfg.update(type=detector)
    if detector == 'SimpleYOLOWorldDetector':
        cfg.update(prompt_dim=12, num_prompts=3)
        cfg['backbone'].update(text_model=None, with_text_model=False)
    cfg['bbox_head'].update(type='YOLOWorldSegHead', loss_mask_weight=1.0)
    cfg['bbox_head']['head_module'].update(
        type='YOLOWorldSegHeadModule', proto_channels=8, mask_channels=4
    )
    model = build_model(cfg)
    images = torch.randint(0, 256, (2, 3, 64, 64), dtype=torch.uint8)
    truth = {
        'bboxes_labels': torch.tensor([[0.0, 0, 8, 8, 40, 40], [1.0, 2, 10, 20, 60, 60]]),
        'masks': torch.ones(2, 16, 16, dtype=torch.bool),
        'texts': [['dog', 'cat', 'car']] * 2,
    }

    data = model.data_preprocessor({'inputs': images, 'data_samples': truth}, training=True)
    losses = model.train()(**data, mode='loss')
    sum(losses.values()).backward()

    assert set(losses) == {'loss_cls', 'loss_bbox', 'loss_dfl', 'loss_mask'}
    assert all(p.grad is not None for p in model.bbox_head.head_module.seg_preds.parameters())

    meta = {'ori_shape': (32, 50), 'img_shape': (64, 64), 'texts': ['dog', 'cat', 'car']}
    meta.update(scale_factor=(1.28, 1.28), pad_param=np.array([11.0, 12, 0, 0]))
    samples = [DetDataSample(metainfo=meta) for _ in range(2)]
    with torch.no_grad():
        results = model.eval().test_step({'inputs': list(images), 'data_samples': samples})

    for result in results:
        found = result.pred_instances
        assert found.masks.shape == (len(found.scores), 32, 50)
        assert result.to_dict()['pred_instances']['masks'].dtype == torch.bool
