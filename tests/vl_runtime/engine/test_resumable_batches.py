import random

import numpy as np
import pytest
import torch
from mmengine.dataset import DefaultSampler, InfiniteSampler
from torch.utils.data import BatchSampler, DataLoader, Dataset

from vl_runtime.compat.batch_order import exchange_batch_sampler
from vl_runtime.engine.resumable_batches import ResumableBatches, SeededBatch
from vl_runtime.engine.resumable_iter_loop import endless_batches
from vl_runtime.errors import InputValueError
from vl_runtime.random_state import random_state, set_random_state


class _Draws(Dataset):
    """Index and a number of each generator."""

    def __init__(self, size=10):
        self.size = size

    def __len__(self):
        return self.size

    def __getitem__(self, index):
        return [index, random.random(), np.random.rand(), float(torch.rand(()))]


def _loader(sampler_class=DefaultSampler, workers=0, batch_size=3, size=10):
    dataset = _Draws(size)
    sampler = sampler_class(dataset, shuffle=True, seed=1)
    loader = DataLoader(
        dataset,
        batch_size=batch_size,
        sampler=sampler,
        num_workers=workers,
        collate_fn=list,
        persistent_workers=workers > 0,
    )
    batches = ResumableBatches(loader.batch_sampler, seed=5)
    exchange_batch_sampler(loader, batches)
    return loader, batches


def _take(iterator, count):
    return [next(iterator) for _ in range(count)]


@pytest.mark.parametrize('sampler_class', [DefaultSampler, InfiniteSampler])
@pytest.mark.parametrize('start', [0, 1, 4, 7, 8])
def test_batches_from_any_start_are_those_of_a_run_from_the_beginning(sampler_class, start):
    straight = _take(endless_batches(*_loader(sampler_class), 0), 11)
    resumed = _take(endless_batches(*_loader(sampler_class), start), 11 - start)
    assert resumed == straight[start:]


def test_workers_change_nothing():
    one = _take(endless_batches(*_loader(workers=0), 0), 9)
    two = _take(endless_batches(*_loader(workers=2), 2), 7)
    assert two == one[2:]


def test_two_passes_differ_in_order_and_in_draws():
    samples = [item for batch in _take(endless_batches(*_loader(), 0), 8) for item in batch]
    first, second = samples[:10], samples[10:]
    assert sorted(item[0] for item in first) == sorted(item[0] for item in second)
    assert [item[0] for item in first] != [item[0] for item in second]
    assert len({item[1] for item in samples}) == 20


def test_two_processes_draw_what_one_with_the_double_batch_draws(monkeypatch):
    whole = [
        item
        for batch in _take(endless_batches(*_loader(batch_size=4, size=8), 0), 2)
        for item in batch
    ]
    for rank in (0, 1):
        monkeypatch.setattr(
            'vl_runtime.engine.resumable_batches.get_dist_info', lambda rank=rank: (rank, 2)
        )
        monkeypatch.setattr('mmengine.dataset.sampler.get_dist_info', lambda rank=rank: (rank, 2))
        share = _take(endless_batches(*_loader(batch_size=2, size=8), 0), 2)
        assert [item for batch in share for item in batch] == whole[rank::2]


def test_reading_a_batch_leaves_the_generators_as_they_were():
    state = random_state()
    expected = [random.random(), np.random.rand(), float(torch.rand(()))]
    set_random_state(state)
    dataset = _Draws()
    draws = [dataset[index] for index in SeededBatch([3, 4], [7, 7])]
    assert draws[0][1:] == draws[1][1:]
    assert [random.random(), np.random.rand(), float(torch.rand(()))] == expected


def test_nothing_comes_before_the_first_pass_begins():
    loader, batches = _loader()
    assert list(loader) == []
    batches.begin(0)
    assert len(list(loader)) == 4 == len(batches)


def test_skipping_more_than_a_pass_tells_how_much_it_had():
    _, batches = _loader()
    batches.begin(0)
    assert batches.skip(9) == 4


def test_a_loader_without_batches_or_one_that_runs_is_refused():
    with pytest.raises(InputValueError, match='expected a loader with a batch size'):
        exchange_batch_sampler(DataLoader(_Draws(), batch_size=None), None)
    loader = DataLoader(_Draws(), batch_size=2, num_workers=1, persistent_workers=True)
    iterator = iter(loader)
    with pytest.raises(InputValueError, match='has not started yet'):
        exchange_batch_sampler(loader, BatchSampler([], 1, False))
    del iterator


def test_a_data_set_without_a_batch_is_told():
    loader, batches = _loader(size=1)
    loader.batch_sampler.batches.drop_last = True
    loader.batch_sampler.batches.batch_size = 3
    with pytest.raises(InputValueError, match='the data set gives no batch'):
        next(endless_batches(loader, batches, 0))
    with pytest.raises(InputValueError, match='the data set gives no batch'):
        next(endless_batches(loader, batches, 2))
