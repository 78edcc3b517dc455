import numpy as np
import pytest
from mmengine.registry import DATA_SAMPLERS

from vl_runtime.errors import InputKeyError, InputValueError
from vlm_detector.engine import TaskOrderSampler


class _Tasks:
    """Ten samples of detection, then five of grounding."""

    names = ['detection'] * 10 + ['grounding'] * 5

    def __len__(self):
        return len(self.names)

    def get_data_info(self, index):
        return {'task': self.names[index]}


class _Concat(_Tasks):
    datasets = (range(10), range(3), range(2))

    def get_data_info(self, index):
        return {}


def _sampler(dataset=None, **options):
    return DATA_SAMPLERS.build(
        dict(type='TaskOrderSampler', **{'seed': 0, **options}),
        default_args=dict(dataset=dataset or _Tasks()),
    )


def _tasks(order):
    return ''.join(_Tasks.names[index][0] for index in order)


def test_it_is_registered():
    assert DATA_SAMPLERS.get('TaskOrderSampler') is TaskOrderSampler


def test_sequential_goes_through_the_tasks_in_the_given_order():
    order = list(_sampler(order=['grounding', 'detection']))
    assert _tasks(order) == 'g' * 5 + 'd' * 10
    assert sorted(order) == list(range(15))
    assert order[5:] != sorted(order[5:])


def test_interleave_spreads_every_task_over_the_epoch():
    order = list(_sampler(mode='interleave'))
    assert _tasks(order) == 'dgd' * 5
    assert sorted(order) == list(range(15))


def test_weighted_draws_tasks_by_weight_and_repeats_a_small_one():
    sampler = _sampler(mode='weighted', weights={'detection': 1, 'grounding': 3})
    drawn = []
    for epoch in range(40):
        sampler.set_epoch(epoch)
        drawn += list(sampler)
    assert len(drawn) == 600
    assert abs(_tasks(drawn).count('g') / 600 - 0.75) < 0.06
    counts = np.bincount(drawn, minlength=15)
    assert counts.min() > 5


def test_parts_of_a_concatenation_have_the_given_names():
    order = list(_sampler(_Concat(), order=['b', 'a'], tasks=['a', 'b', 'b']))
    assert sorted(order[:5]) == [10, 11, 12, 13, 14]


def test_an_epoch_is_repeated_by_its_number():
    sampler = _sampler(mode='interleave')
    first = list(sampler)
    sampler.set_epoch(1)
    assert list(sampler) != first
    sampler.set_epoch(0)
    assert list(sampler) == first


def test_two_processes_take_turns_and_fill_up(monkeypatch):
    whole = list(_sampler())
    shares = []
    for rank in (0, 1):
        monkeypatch.setattr(
            'vlm_detector.engine.epoch_order_sampler.get_dist_info', lambda rank=rank: (rank, 2)
        )
        shares.append(list(_sampler()))
    together = [index for pair in zip(*shares) for index in pair]
    assert together == [*whole, whole[0]]


@pytest.mark.parametrize(
    ('options', 'error', 'words'),
    [
        ({'mode': 'random'}, InputValueError, 'expected mode sequential, interleave, weighted'),
        ({'order': ['detecton']}, InputKeyError, "names 'detecton'.*'detection'"),
        ({'order': ['detection']}, InputValueError, 'left out: grounding'),
        ({'weights': {'detection': 1}}, InputValueError, 'a weight above 0 for each of'),
        ({'tasks': ['a']}, InputValueError, 'found 1 names and 0 parts'),
    ],
)
def test_a_setting_that_cannot_be_used_is_told(options, error, words):
    with pytest.raises(error, match=words):
        _sampler(**options)


def test_a_sample_without_a_task_is_told():
    with pytest.raises(InputKeyError, match='found none at index 0'):
        _sampler(_Concat())
