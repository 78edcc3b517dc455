import torch
from mmdet.models.utils import filter_scores_and_topk

import yolo_world  # noqa: F401
from yolo_world.models.heads.candidate_selection import select_candidates, to_original_frame

SCORES = torch.tensor([[0.9, 0.1, 0.3], [0.5, 0.6, 0.2]])  # 2 classes, 3 priors


def rows(result):
    return [(round(s.item(), 3), c.item(), p.item()) for s, c, p in zip(*result)]


def select(**kwargs):
    arguments = {'score_threshold': 0.2, 'max_candidates': 10, 'multi_label': True}
    return rows(select_candidates(SCORES, **{**arguments, **kwargs}))


def test_all_pairs_above_the_threshold_best_first():
    assert select() == [(0.9, 0, 0), (0.6, 1, 1), (0.5, 1, 0), (0.3, 0, 2)]


def test_one_class_per_prior():
    assert select(multi_label=False) == [(0.9, 0, 0), (0.6, 1, 1), (0.3, 0, 2)]


def test_only_the_best_pairs_when_there_are_too_many():
    assert select(max_candidates=2) == [(0.9, 0, 0), (0.6, 1, 1)]


def test_invisible_class_is_no_candidate():
    visible = torch.tensor([True, False])

    assert select(visible=visible) == [(0.9, 0, 0), (0.3, 0, 2)]
    assert select(visible=visible, multi_label=False) == [(0.9, 0, 0), (0.3, 0, 2)]


def test_selection_equals_mmdets():
    scores = torch.rand(30, 100)

    found = select_candidates(scores, score_threshold=0.3, max_candidates=500, multi_label=True)
    values, labels, priors, _ = filter_scores_and_topk(scores.T, 0.3, 500)

    assert torch.equal(found[0], values)
    assert torch.equal(found[1], labels)
    assert torch.equal(found[2], priors)


def test_padding_and_scale_are_taken_off():
    boxes = torch.tensor([[12.0, 7.0, 32.0, 27.0]])
    meta = {'pad_param': (5, 5, 2, 2), 'scale_factor': (2.0, 1.0)}  # top, bottom, left, right

    assert to_original_frame(boxes, meta).tolist() == [[5.0, 2.0, 15.0, 22.0]]
    assert to_original_frame(boxes, {'scale_factor': (2.0, 1.0)}).tolist() == [[6, 7, 16, 27]]
