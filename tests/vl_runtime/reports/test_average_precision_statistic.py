import numpy as np
import pytest

from tests.vl_runtime.reports.results import random_results, result
from vl_runtime.reports.result_statistics import precision_of, statistics_of


def statistic_of(results, num_classes):
    return statistics_of(results, num_classes)['AP']


@pytest.mark.parametrize('seed', [0, 1, 2])
def test_with_every_picture_once_it_is_cocos_average_precision(seed):
    results = random_results(np.random.default_rng(seed))
    (value,) = statistic_of(results, 3).values(np.ones((1, len(results)), int))
    assert value == pytest.approx(precision_of(results, 3).average_precision(), abs=1e-12)


def test_a_draw_is_the_data_set_with_its_pictures_as_often():
    rng = np.random.default_rng(5)
    results = random_results(rng)
    draw = rng.integers(0, 3, len(results))
    repeated = [one for one, count in zip(results, draw) for _ in range(count)]
    (value,) = statistic_of(results, 3).values(draw[None])
    assert value == pytest.approx(precision_of(repeated, 3).average_precision(), abs=1e-12)


def test_a_draw_without_objects_has_no_value():
    box = np.array([0, 0, 10, 10.0])
    results = [result(0, [(box, 0.5, 0)], [(box, 0)]), result(1, [(box, 0.5, 0)])]
    values = statistic_of(results, 1).values(np.array([[2, 0], [0, 2]]))
    assert values[0] == pytest.approx(1) and np.isnan(values[1])


def test_the_number_of_draws_follows_from_the_number_of_detections():
    few = statistic_of(random_results(np.random.default_rng(0)), 3)
    assert few.affordable(1000) == 300 and few.affordable(50) == 50
    box = np.array([0, 0, 10, 10.0])
    boxes = [(box, k / 100, 0) for k in range(100)]
    many = statistic_of([result(key, boxes, [(box, 0)]) for key in range(3)], 1)
    for found in many._classes:
        object.__setattr__(found, 'hits', np.zeros((10, 10_000_000), bool))
    assert many.affordable(1000) == 0
