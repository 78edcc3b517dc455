import torch
from mmengine.structures import InstanceData

from yolo_world.export.onnx_comparison import TOLERANCES, _unpaired

THRESHOLDS = {'score_threshold': 0.1, 'iou_threshold': 0.5, 'keep_top_k': 10}
BOX = (10.0, 10.0, 50.0, 50.0)
SHIFTED = (14.0, 10.0, 54.0, 50.0)  # IoU with BOX 36 / 44
FAR = (200.0, 10.0, 240.0, 50.0)


def detections(*rows):
    """Of (box, score) or (box, score, label)."""
    return InstanceData(
        bboxes=torch.tensor([row[0] for row in rows]).reshape(-1, 4),
        scores=torch.tensor([row[1] for row in rows]),
        labels=torch.tensor([row[2] if len(row) > 2 else 0 for row in rows], dtype=torch.int64),
    )


def unpaired(found, wanted):
    return _unpaired(found, wanted, THRESHOLDS, TOLERANCES['fp32'])


def test_equal_detections_have_partners():
    found = detections((BOX, 0.9), (FAR, 0.3))
    assert unpaired(found, detections((FAR, 0.3), (BOX, 0.9))) == 0


def test_of_two_boxes_with_one_score_each_side_may_keep_the_other():
    assert unpaired(detections((BOX, 0.9)), detections((SHIFTED, 0.90001))) == 0
    assert unpaired(detections((BOX, 0.9)), detections((SHIFTED, 0.8))) == 1  # 0.8 lost to nobody
    assert unpaired(detections((BOX, 0.9)), detections((SHIFTED, 0.9, 1))) == 2
    assert unpaired(detections((BOX, 0.9)), detections((FAR, 0.9))) == 2


def test_a_box_that_was_not_suppressed_counts():
    wanted = detections((BOX, 0.9))
    assert unpaired(detections((BOX, 0.9), (SHIFTED, 0.8)), wanted) == 1


def test_boxes_at_the_threshold_or_the_end_of_a_full_list_may_be_there_or_not():
    assert unpaired(detections((BOX, 0.1005)), detections()) == 0
    assert unpaired(detections((BOX, 0.2)), detections()) == 1
