import pytest
import torch
from mmyolo.models.utils import gt_instances_preprocess

import yolo_world  # noqa: F401
from vl_runtime.errors import InputValueError
from yolo_world.models.heads.ground_truth_packing import pack_ground_truth


def test_rows_of_any_order_are_grouped_by_image():
    rows = torch.tensor(
        [
            [2.0, 1, 1, 1, 2, 2],
            [0.0, 0, 3, 3, 4, 4],
            [2.0, 3, 5, 5, 6, 6],
        ]
    )

    classes, boxes, valid = pack_ground_truth(rows, batch_size=3, num_classes=4)

    assert classes.squeeze(-1).tolist() == [[0, 0], [0, 0], [1, 3]]
    assert boxes[2].tolist() == [[1, 1, 2, 2], [5, 5, 6, 6]]
    assert valid.squeeze(-1).tolist() == [[1, 0], [0, 0], [1, 1]]


def test_packing_equals_mmyolos():
    rows = torch.rand(50, 6)
    rows[:, 0] = torch.randint(0, 4, (50,))
    rows[:, 1] = torch.randint(0, 9, (50,))

    classes, boxes, _ = pack_ground_truth(rows, batch_size=4, num_classes=9)

    assert torch.equal(torch.cat([classes, boxes], -1), gt_instances_preprocess(rows, 4))


def test_no_ground_truth():
    classes, boxes, valid = pack_ground_truth(torch.zeros(0, 6), batch_size=2, num_classes=3)

    assert classes.shape == valid.shape == (2, 0, 1)
    assert boxes.shape == (2, 0, 4)


def test_class_without_a_text_is_refused():
    rows = torch.tensor([[0.0, 3, 1, 1, 2, 2]])

    with pytest.raises(InputValueError, match='class index 3, but there are only 3 texts'):
        pack_ground_truth(rows, batch_size=1, num_classes=3)
