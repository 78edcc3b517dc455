import numpy as np
import pytest
from mmengine.registry import DATA_SAMPLERS

from vl_runtime.errors import InputKeyError, InputValueError
from vlm_detector.engine import LengthGroupedSampler


class _Sizes:
    """Forty pictures of 32 x 32 up to 32 x 1280, in a mixed order, of 0 to 4 objects."""

    def __init__(self):
        self.widths = [32 * (1 + index * 7 % 40) for index in range(40)]

    def __len__(self):
        return 40

    def get_data_info(self, index):
        return {
            'width': self.widths[index],
            'height': 32,
            'instances': [{}] * (index % 5),
            'img_path': f'{index}.jpg',
        }


def _sampler(dataset=None, **options):
    options = {'batch_size': 4, 'seed': 0, **options}
    return DATA_SAMPLERS.build(
        dict(type='LengthGroupedSampler', **options), default_args=dict(dataset=dataset or _Sizes())
    )


def test_it_is_registered():
    assert DATA_SAMPLERS.get('LengthGroupedSampler') is LengthGroupedSampler


def test_a_length_is_the_picture_within_its_limits_and_the_objects():
    sampler = _sampler(min_pixels=2 * 1024, max_pixels=8 * 1024, tokens_per_object=10)
    dataset = _Sizes()
    for index in (0, 1, 6, 39):
        tokens = min(max(dataset.widths[index] / 32, 2), 8)
        assert sampler.lengths[index] == tokens + 10 * (index % 5)


def test_every_sample_comes_once_and_batches_are_alike():
    sampler = _sampler(tokens_per_object=0)
    order = list(sampler)
    assert sorted(order) == list(range(40))
    lengths = sampler.lengths[order].reshape(-1, 4)
    assert (np.ptp(lengths, axis=1) == 3).all()
    assert lengths[0].max() == 40


def test_another_epoch_has_another_order_and_a_seed_repeats_it():
    sampler = _sampler(batches_per_group=3)
    first = list(sampler)
    sampler.set_epoch(1)
    assert list(sampler) != first
    sampler.set_epoch(0)
    assert list(sampler) == first == list(_sampler(batches_per_group=3))


def test_the_incomplete_batch_stays_last():
    sampler = _sampler(batch_size=12, tokens_per_object=0, batches_per_group=2)
    order = list(sampler)
    assert sorted(order) == list(range(40))
    assert np.ptp(sampler.lengths[order[:24]].reshape(2, 12), axis=1).max() < 39


def test_two_processes_share_the_batches_of_one_with_twice_the_size(monkeypatch):
    whole = list(_sampler(batch_size=4))
    shares = []
    for rank in (0, 1):
        monkeypatch.setattr(
            'vlm_detector.engine.epoch_order_sampler.get_dist_info', lambda rank=rank: (rank, 2)
        )
        shares.append(list(_sampler(batch_size=2)))
    assert [index for pair in zip(*shares) for index in pair] == whole


@pytest.mark.parametrize('name', ['batch_size', 'batches_per_group', 'pixels_per_token'])
def test_a_number_below_one_is_refused(name):
    with pytest.raises(InputValueError, match=f'expected {name} of 1 or more, found 0'):
        _sampler(**{name: 0})


def test_an_image_without_a_size_is_told():
    dataset = _Sizes()
    dataset.get_data_info = lambda index: {'img_path': 'a.jpg'}
    with pytest.raises(InputKeyError, match=r'found none at index 0 \(a.jpg\)'):
        _sampler(dataset)
