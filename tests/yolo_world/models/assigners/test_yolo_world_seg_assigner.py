import torch
from mmengine.registry import TASK_UTILS

from yolo_world.models.assigners import YOLOWorldSegAssigner, with_gt_indexes


def test_result_equals_the_reference(golden_case):
    case = golden_case('assigner_seg')
    assigner = TASK_UTILS.build(dict(type='YOLOWorldSegAssigner', **case.cfg))

    result = assigner(**case.inputs)

    assert result.keys() == case.outputs.keys()
    for name, expected in case.outputs.items():
        torch.testing.assert_close(result[name].to(expected.dtype), expected, rtol=1e-4, atol=1e-5)
    assert result['assigned_gt_idxs'].dtype == torch.int64


def test_all_else_is_as_in_the_parent(golden_case):
    case = golden_case('assigner_seg')

    result = TASK_UTILS.build(dict(type='YOLOWorldSegAssigner', **case.cfg))(**case.inputs)
    parent = TASK_UTILS.get('mmyolo.BatchTaskAlignedAssigner')(**case.cfg)(**case.inputs)

    for name, expected in parent.items():
        torch.testing.assert_close(result[name], expected)


def test_without_ground_truth_nothing_is_assigned(golden_case):
    case = golden_case('assigner_seg')
    inputs = dict(case.inputs)
    for name in ('gt_labels', 'gt_bboxes', 'pad_bbox_flag'):
        inputs[name] = inputs[name][:, :0]

    result = TASK_UTILS.build(dict(type='YOLOWorldSegAssigner', **case.cfg))(**inputs)

    assert 'assigned_gt_idxs' not in result
    assert not result['fg_mask_pre_prior'].any()


def test_the_plain_assigner_becomes_one_that_knows_the_objects():
    rules = {'num_classes': 7, 'topk': 5, 'alpha': 0.5, 'beta': 4.0, 'eps': 1e-9, 'use_ciou': True}
    plain = TASK_UTILS.build({'type': 'mmyolo.BatchTaskAlignedAssigner', **rules})

    found = with_gt_indexes(plain)

    assert type(found) is YOLOWorldSegAssigner
    assert {name: getattr(found, name) for name in rules} == rules
    assert with_gt_indexes(found) is found
