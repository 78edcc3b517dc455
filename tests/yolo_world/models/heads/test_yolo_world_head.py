import copy

import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.config import ConfigDict
from mmengine.registry import MODELS
from mmengine.structures import InstanceData

import yolo_world  # noqa: F401

ASSIGNER = {
    'type': 'BatchTaskAlignedAssigner',
    'num_classes': 5,
    'use_ciou': True,
    'topk': 10,
    'alpha': 0.5,
    'beta': 6.0,
    'eps': 1e-9,
}
TEST_CFG = {
    'multi_label': True,
    'nms_pre': 30000,
    'score_thr': 0.001,
    'nms': {'type': 'nms', 'iou_threshold': 0.7},
    'max_per_img': 300,
}


def build_head(world_size=-1, assigner=ASSIGNER, test_cfg=TEST_CFG):
    return MODELS.build(
        {
            'type': 'YOLOWorldHead',
            'world_size': world_size,
            'head_module': {
                'type': 'YOLOWorldHeadModule',
                'num_classes': 5,
                'in_channels': [32, 64, 128],
                'widen_factor': 0.25,
                'reg_max': 4,
                'embed_dims': 12,
                'use_bn_head': True,
            },
            'train_cfg': ConfigDict(assigner=assigner),
            'test_cfg': ConfigDict(test_cfg),
        }
    )


def outputs(case):
    return [case.levels('cls'), case.levels('box'), case.levels('dist')]


def metas(case):
    return [dict(meta.items()) for meta in case.cfg['metas']]


def features(batch=2):
    return [torch.randn(batch, c, s, s) for c, s in ((8, 8), (16, 4), (32, 2))]


@pytest.mark.parametrize(
    'name',
    ['loss_plain', 'loss_text_mask', 'loss_one_image_empty', 'loss_no_gt', 'loss_world_size4'],
)
def test_losses_and_gradients_equal_the_reference(golden_case, name):
    case = golden_case(name)
    head = build_head(case.cfg['world_size'], case.cfg['assigner'])
    maps = {
        f'{kind}{level}': case.inputs[f'{kind}{level}'].requires_grad_()
        for kind in ('cls', 'box', 'dist')
        for level in range(3)
    }

    losses = head.loss_by_feat(*outputs(case), case.inputs.get('mask'), case.inputs['gt'], [{}, {}])
    sum(losses.values()).backward()

    for key, value in losses.items():
        torch.testing.assert_close(value.detach(), case.outputs[key], rtol=2e-4, atol=1e-5)
    for key, tensor in maps.items():
        gradient = torch.zeros_like(tensor) if tensor.grad is None else tensor.grad
        expected = case.outputs[f'grad_{key}']
        torch.testing.assert_close(gradient, expected, rtol=2e-4, atol=1e-5)


def test_list_of_samples_and_collated_rows_give_the_same_loss(golden_case):
    case = golden_case('loss_plain')
    head = build_head()
    rows = case.inputs['gt']
    instances = [
        InstanceData(labels=of_image[:, 1].long(), bboxes=of_image[:, 2:])
        for of_image in (rows[rows[:, 0] == image] for image in range(2))
    ]

    from_rows = head.loss_by_feat(*outputs(case), None, rows, [{}, {}])
    from_list = head.loss_by_feat(*outputs(case), None, instances, [{}, {}])

    for key, value in from_rows.items():
        torch.testing.assert_close(from_list[key], value)


def test_masked_text_adds_no_classification_loss():
    head = build_head().train()
    levels, texts = features(), torch.randn(2, 5, 12)
    samples = {'bboxes_labels': torch.tensor([[0.0, 1, 8, 8, 40, 40]]), 'img_metas': [{}, {}]}
    mask = torch.tensor([[1.0, 1, 1, 1, 0]] * 2)
    other = texts.clone()
    other[:, 4] = torch.randn(2, 12)

    masked = head.loss(levels, texts, mask, samples)
    masked_other = head.loss(levels, other, mask, samples)
    unmasked = head.loss(levels, texts, None, samples)

    torch.testing.assert_close(masked, masked_other)
    assert unmasked['loss_cls'] > masked['loss_cls']


def test_loss_takes_any_number_of_texts_and_leaves_the_assigner_alone():
    head = build_head().train()
    samples = {'bboxes_labels': torch.tensor([[0.0, 6, 8, 8, 40, 40]]), 'img_metas': [{}, {}]}

    losses = head.loss(features(), torch.randn(2, 7, 12), None, samples)

    assert all(torch.isfinite(value) for value in losses.values()) and losses['loss_bbox'] > 0
    assert head.assigner.num_classes == 5


@pytest.mark.parametrize('num_boxes', [0, 1])
def test_loss_under_autocast_is_finite(num_boxes):
    head = build_head().train()
    rows = torch.tensor([[0.0, 3, 8, 8, 40, 40]])[:num_boxes]
    samples = {'bboxes_labels': rows, 'img_metas': [{}]}
    mask = torch.tensor([[1.0, 1, 1, 1, 0]])

    with torch.autocast('cpu', dtype=torch.bfloat16):
        losses = head.loss(features(batch=1), torch.randn(1, 5, 12), mask, samples)
    sum(losses.values()).backward()

    assert all(loss.isfinite() for loss in losses.values())
    gradients = [p.grad for p in head.parameters() if p.grad is not None]
    assert gradients
    assert all(gradient.isfinite().all() for gradient in gradients)


def test_half_precision_logits_give_a_finite_loss(golden_case):
    case = golden_case('loss_text_mask')
    lowest = -32752.0  # what masking writes in float16
    half = [[level.clamp(min=lowest).half() for level in levels] for levels in outputs(case)]

    losses = build_head().loss_by_feat(*half, case.inputs['mask'], case.inputs['gt'], [{}, {}])

    assert all(loss.isfinite() for loss in losses.values())


def test_vocabulary_of_one_text_can_be_trained():
    head = build_head(assigner=dict(ASSIGNER, num_classes=1)).train()
    samples = {'bboxes_labels': torch.tensor([[0.0, 0, 8, 8, 40, 40]]), 'img_metas': [{}, {}]}

    losses = head.loss(features(), torch.randn(2, 1, 12), None, samples)

    assert all(loss.isfinite() for loss in losses.values())


def test_loss_and_predict_do_not_change_the_head(golden_case):
    case = golden_case('predict_multi_label')
    head = build_head()
    before = dict(vars(head))
    before_cfg = copy.deepcopy(head.test_cfg)

    head.predict_by_feat(*outputs(case)[:2], batch_img_metas=metas(case))
    loss_case = golden_case('loss_plain')
    head.loss_by_feat(*outputs(loss_case), None, loss_case.inputs['gt'], [{}, {}])

    assert vars(head).keys() == before.keys()
    assert all(vars(head)[key] is before[key] for key in before)
    assert head.test_cfg == before_cfg


@pytest.mark.parametrize(
    'name',
    [
        'predict_multi_label',
        'predict_single_label_top',
        'predict_before_nms',
        'predict_no_rescale',
    ],
)
def test_detections_equal_the_reference(golden_case, name):
    case = golden_case(name)

    results = build_head().predict_by_feat(
        *outputs(case)[:2],
        batch_img_metas=metas(case),
        cfg=ConfigDict(case.cfg['test_cfg']),
        **case.cfg['kwargs'],
    )

    assert len(results) == 2
    for image, instances in enumerate(results):
        case.assert_detections(instances, image)
        assert instances.labels.dtype == torch.int64


def test_no_detection_gives_empty_fields(golden_case):
    case, maps = golden_case('predict_empty'), golden_case('predict_multi_label')

    results = build_head(test_cfg=dict(TEST_CFG, **case.cfg)).predict_by_feat(
        *outputs(maps)[:2], batch_img_metas=metas(maps)
    )

    for image, instances in enumerate(results):
        assert instances.bboxes.shape == case.outputs[f'bboxes{image}'].shape
        assert instances.scores.shape == instances.labels.shape == (0,)


def test_invisible_classes_leave_room_for_others(golden_case):
    case = golden_case('predict_multi_label')
    cfg = dict(TEST_CFG, max_per_img=10)
    visible = torch.tensor([[True, True, False, True, False]] * 2)
    arguments = {'batch_img_metas': metas(case), 'cfg': ConfigDict(cfg)}

    full = build_head().predict_by_feat(*outputs(case)[:2], **arguments)
    results = build_head().predict_by_feat(*outputs(case)[:2], **arguments, visible_classes=visible)

    assert any(set(instances.labels.tolist()) & {2, 4} for instances in full)
    for instances in results:
        assert len(instances) == 10
        assert not set(instances.labels.tolist()) & {2, 4}


def test_short_first_pass_of_suppression_changes_nothing(golden_case):
    case = golden_case('predict_multi_label')

    def detect(limit):
        cfg = ConfigDict(dict(TEST_CFG, max_per_img=limit))
        return build_head().predict_by_feat(
            *outputs(case)[:2], batch_img_metas=metas(case), cfg=cfg
        )

    for few, many in zip(detect(5), detect(300)):
        assert torch.equal(few.scores, many.scores[:5])
        assert torch.equal(few.labels, many.labels[:5])


def test_suppression_looks_further_when_the_first_pass_leaves_room():
    head = build_head()
    same = torch.tensor([0.0, 0, 10, 10]).repeat(99, 1)
    boxes = torch.cat([same, torch.tensor([[50.0, 50, 60, 60]])])
    candidates = InstanceData(
        bboxes=boxes, scores=torch.linspace(0.9, 0.1, 100), labels=torch.zeros(100).long()
    )

    result = head._suppress(candidates, ConfigDict(TEST_CFG, max_per_img=2))

    torch.testing.assert_close(result.bboxes, boxes[[0, 99]])


def test_objectness_scales_scores_and_filters_priors(golden_case):
    case = golden_case('predict_multi_label')
    objectness = [torch.full((2, 1, *level.shape[2:]), 0.0) for level in case.levels('cls')]
    objectness[0][:] = -20.0  # no object at the finest level
    cfg = ConfigDict(dict(TEST_CFG, score_thr=0.01))
    arguments = {'batch_img_metas': metas(case), 'cfg': cfg, 'with_nms': False}
    coarse = [
        [level[:, :, :0] if i == 0 else level for i, level in enumerate(levels)]
        for levels in outputs(case)[:2]
    ]

    results = build_head().predict_by_feat(*outputs(case)[:2], objectness, **arguments)

    for image, instances in enumerate(results):
        logits = torch.cat([x[image].flatten() for x in coarse[0]])
        expected = (logits.sigmoid() * 0.5).sort(descending=True).values
        expected = expected[expected > 0.01]
        torch.testing.assert_close(instances.scores, expected)


def test_yolox_style_has_no_limit(golden_case):
    case = golden_case('predict_multi_label')
    cfg = dict(case.cfg['test_cfg'], max_per_img=1, yolox_style=True)

    results = build_head().predict_by_feat(
        *outputs(case)[:2], batch_img_metas=metas(case), cfg=ConfigDict(cfg)
    )

    for image, instances in enumerate(results):
        case.assert_detections(instances, image)


def test_loss_and_predict_in_one_pass():
    head = build_head().train()
    sample = DetDataSample(metainfo={'ori_shape': (64, 64), 'scale_factor': (1.0, 1.0)})
    sample.gt_instances = InstanceData(
        labels=torch.tensor([1]), bboxes=torch.tensor([[8.0, 8, 40, 40]])
    )

    losses, results = head.loss_and_predict(
        features(batch=1), torch.randn(1, 5, 12), None, [sample]
    )

    assert losses['loss_bbox'] > 0
    assert results[0].bboxes.shape[1] == 4


def test_aug_test_is_refused():
    with pytest.raises(NotImplementedError, match='no aug_test'):
        build_head().aug_test()
