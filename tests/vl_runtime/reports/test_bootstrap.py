import numpy as np
import pytest

from vl_runtime.reports.bootstrap import (
    ObjectMean,
    interval,
    paired_difference,
    resample_counts,
    sums_by,
)


def test_every_draw_has_as_many_pictures_and_the_seed_decides():
    draws = resample_counts(7, 20, seed=3)
    assert draws.shape == (20, 7) and (draws.sum(1) == 7).all()
    assert (draws == resample_counts(7, 20, seed=3)).all()
    assert (draws != resample_counts(7, 20, seed=4)).any()


def test_pictures_that_are_all_alike_leave_no_doubt():
    mean = ObjectMean(np.full(5, 1.5), np.full(5, 3))
    found = interval(mean, resample_counts(5, 100))
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.5, 0.5))
    assert str(found) == '0.500 [0.500, 0.500]'


def test_two_pictures_give_three_values():
    # IoU 0 and 1: the mean of a draw is 0, 1/2 or 1 with chances 1/4, 1/2, 1/4.
    mean = ObjectMean(np.array([0, 1]), np.array([1, 1]))
    draws = resample_counts(2, 4000)
    values, counts = np.unique(mean.values(draws), return_counts=True)
    assert values.tolist() == [0, 0.5, 1]
    assert counts / 4000 == pytest.approx([0.25, 0.5, 0.25], abs=0.03)
    found = interval(mean, draws)
    assert (found.value, found.low, found.high) == (0.5, 0, 1)


def test_many_pictures_give_the_normal_interval():
    # 400 values, half of them 1: standard error sqrt(0.25 / 400) = 0.025, times 1.96.
    mean = ObjectMean(np.arange(400) % 2, np.ones(400))
    found = interval(mean, resample_counts(400, 2000))
    assert found.low == pytest.approx(0.5 - 0.049, abs=0.006)
    assert found.high == pytest.approx(0.5 + 0.049, abs=0.006)


def test_objects_of_a_picture_are_drawn_together():
    # Each picture's objects are equal: 100 objects are worth no more than 4 pictures.
    together = interval(ObjectMean([0, 25, 0, 25], [25] * 4), resample_counts(4, 1000))
    assert together.high - together.low >= 0.5


def test_a_constant_difference_is_certain_however_much_the_pictures_differ():
    rng = np.random.default_rng(0)
    before, ones = rng.uniform(0, 0.8, 30), np.ones(30)
    draws = resample_counts(30, 500)
    found = paired_difference(ObjectMean(before + 0.1, ones), ObjectMean(before, ones), draws)
    assert (found.value, found.low, found.high) == pytest.approx((0.1, 0.1, 0.1))
    alone = interval(ObjectMean(before, ones), draws)
    assert alone.high - alone.low > 0.1


def test_a_value_that_is_nowhere_defined_has_no_interval():
    assert interval(ObjectMean(np.zeros(3), np.zeros(3)), resample_counts(3, 50)) is None


def test_a_statistic_that_costs_too_much_has_no_interval():
    class Costly(ObjectMean):
        def affordable(self, wanted):
            return 0

    assert interval(Costly([1.0], [1.0]), resample_counts(1, 50)) is None


def test_sums_go_to_their_groups():
    assert sums_by([0, 2, 0], [1, 2, 3], 3).tolist() == [4, 0, 2]
