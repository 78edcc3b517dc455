import pytest
import torch

from vl_runtime import cpu_threads


@pytest.fixture(autouse=True)
def _two_threads(monkeypatch):
    before = torch.get_num_threads()
    monkeypatch.delenv('OMP_NUM_THREADS', raising=False)
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_one_of_the_counts_is_chosen_and_set():
    count = cpu_threads.use_fastest_thread_count()
    assert count in (1, 2) and torch.get_num_threads() == count


@pytest.mark.parametrize(('slow', 'fastest'), [(1, 2), (2, 1)])
def test_the_faster_count_is_kept(monkeypatch, slow, fastest):
    monkeypatch.setattr(cpu_threads, '_seconds_per_step', lambda count: 1.0 + (count == slow))
    assert cpu_threads.use_fastest_thread_count() == fastest == torch.get_num_threads()


def test_the_users_own_number_is_left_alone(monkeypatch):
    monkeypatch.setenv('OMP_NUM_THREADS', '2')
    assert cpu_threads.use_fastest_thread_count() == 2
