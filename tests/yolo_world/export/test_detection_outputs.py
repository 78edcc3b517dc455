import pytest
import torch

from yolo_world.export.detection_outputs import DetectionOutputs


class Priors(torch.nn.Module):
    """Hands through the scores and boxes that a test gives; four priors."""

    centres = torch.zeros(4, 2)

    def forward(self, scores, boxes):
        return scores, boxes


BOXES = torch.tensor([[[0.0, 0, 10, 10], [0, 0, 10, 9], [20, 20, 30, 30], [40, 40, 50, 50]]])
SCORES = torch.tensor([[[0.9, 0.6], [0.8, 0.1], [0.1, 0.7], [0.2, 0.2]]])


def suppress(scores=SCORES, boxes=BOXES, **options):
    settings = dict(score_threshold=0.3, iou_threshold=0.5, pre_top_k=5, keep_top_k=5)
    outputs = DetectionOutputs(Priors(), **{**settings, **options})
    return outputs.suppress(scores, boxes, scores.shape[2])


def test_overlaps_go_within_a_class_and_places_behind_are_padded():
    number, boxes, scores, labels = suppress()
    assert number.tolist() == [[3]]
    torch.testing.assert_close(scores, torch.tensor([[0.9, 0.7, 0.6, 0, 0]]))
    assert labels.tolist() == [[0, 1, 1, -1, -1]]
    assert boxes[0].tolist() == [[0, 0, 10, 10], [20, 20, 30, 30], [0, 0, 10, 10], [0] * 4, [0] * 4]
    assert (number.dtype, labels.dtype) == (torch.int32, torch.int32)


def test_shapes_stay_when_nothing_is_found():
    number, boxes, scores, labels = suppress(SCORES.repeat(2, 1, 1) * 0, BOXES.repeat(2, 1, 1))
    assert number.tolist() == [[0], [0]]
    assert (boxes.shape, scores.shape, labels.shape) == ((2, 5, 4), (2, 5), (2, 5))
    assert not boxes.any() and (labels == -1).all()


def test_images_of_a_batch_do_not_suppress_each_other():
    number, _, scores, _ = suppress(
        torch.cat([SCORES, SCORES.flip(1)]), torch.cat([BOXES, BOXES.flip(1)])
    )
    assert number.tolist() == [[3], [3]]
    assert torch.equal(scores[0], scores[1])


def test_the_background_text_is_never_predicted_but_may_win_a_prior():
    _, _, _, labels = suppress(visible=[True, False])
    assert labels.tolist() == [[0, -1, -1, -1, -1]]
    number, _, _, _ = suppress(visible=[False, True], multi_label=False)
    assert number.tolist() == [[1]]


@pytest.mark.parametrize(('multi_label', 'count'), [(True, 3), (False, 2)])
def test_one_class_a_prior_when_asked(multi_label, count):
    assert suppress(multi_label=multi_label)[0].tolist() == [[count]]


def test_limits_count_pairs_and_detections():
    assert suppress(pre_top_k=2, keep_top_k=2)[0].tolist() == [[1]]  # 0.9 and 0.8 overlap
    assert suppress(keep_top_k=2)[0].tolist() == [[2]]
