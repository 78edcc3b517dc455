"""Requests are grouped by picture and batched by length."""

from tests.vlm_detector.decoding.tiny_requests import requests_of
from vlm_detector.decoding.request_groups import RequestGroup, group_requests, size_buckets


def group(*lengths):
    return RequestGroup(None, tuple(range(len(lengths))), tuple([0] * n for n in lengths))


def test_requests_about_one_picture_are_together_wherever_they_stand(opened):
    encoder = opened('qwen3_vl').encoder
    first, second, third = requests_of(encoder, [['a', 'b'], ['c']])
    prompts = [[1, 2, 3], [1, 2, 4, 5], [7]]
    groups = group_requests(
        [first, third, second], [prompts[0], prompts[2], prompts[1]], by_image=True
    )
    assert [one.indices for one in groups] == [(0, 2), (1,)]
    assert groups[0].common_length() == 2
    alone = group_requests([first, third, second], prompts, by_image=False)
    assert [one.indices for one in alone] == [(0,), (1,), (2,)]


def test_one_token_of_each_prompt_stays_behind_the_common_ones():
    assert group(5, 3, 5).common_length() == 2
    assert group(4).common_length() == 3


def test_batches_hold_similar_lengths_and_no_more_than_asked_for():
    groups = [group(n) for n in (5, 50, 6, 51, 7)]
    lengths = [[one.longest() for one in batch] for batch in size_buckets(groups, 2)]
    assert lengths == [[51, 50], [7, 6], [5]]


def test_a_picture_with_many_prompts_is_a_batch_of_its_own():
    batches = size_buckets([group(9, 9, 9), group(5), group(4)], 2)
    assert [[len(one.indices) for one in batch] for batch in batches] == [[3], [1, 1]]
