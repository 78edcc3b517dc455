import json

import pytest

from composed_retrieval.boxes import box_statistics

BOX = [0.0, 0.0, 0.5, 0.5]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / 'boxes.json'
    content = {
        'a': [[0, 0, 1, 1], BOX, [0, 0, 0.5, 0.44]],
        'b': [[0.0, 0.0, 0.1, 0.1], [0.5, 0.5, 1, 1]],
        'c': [BOX],
        'd': [],
    }
    path.write_text(json.dumps(content))
    return path


def test_counts_by_hand(path):
    found = box_statistics(path)
    assert (found.images, found.with_boxes, found.without_boxes, found.boxes) == (4, 3, 1, 6)
    assert found.mean_per_image == 1.5
    assert found.histogram == {0: 1, 1: 1, 2: 1, 3: 1}
    assert found.area_quantiles[0] == pytest.approx(0.01) and found.area_quantiles[-1] == 1
    assert found.whole_image_boxes == 1
    # In a: 0.22 / 0.25 = 0.88 is the largest overlap; in b there is none.
    assert (found.multi_box_images, found.near_duplicates, found.duplicates) == (2, 1, 0)
    assert not found.problems and found.missing is None
    assert 'with boxes      3 (75.0 %)' in '\n'.join(found.lines())


def test_names_are_compared_with_the_split(path):
    found = box_statistics(path, ['a', 'b', 'x'])
    assert (found.missing, found.unknown) == (1, 2)
    assert 'against the split 1 missing, 2 unknown' in found.lines()


def test_broken_boxes_are_counted_by_kind(path):
    wrong = [BOX, [10, 20, 30, 40], [0.5, 0, 0.1, 1], [0.5, 0, float('nan'), 1], [0.1]]
    path.write_text(json.dumps({'a': wrong}))
    found = box_statistics(path)
    assert found.boxes == 1
    assert found.problems == {'out of range': 1, 'reversed': 1, 'not finite': 1, 'malformed': 1}
    assert found.first_problem.startswith("'a': box 1: expected fractions")
    assert 'unusable boxes    out of range: 1' in found.lines()[-1]


def test_pairs_failures_and_an_empty_file(path):
    path.write_text(json.dumps({'images': {}, 'pairs': {'7': {'reference': {'boxes': [BOX]}}}}))
    path.with_suffix('.meta.json').write_text('{"failed": {"x": "why"}}')
    found = box_statistics(path)
    assert found.images == found.boxes == found.failed == 1
    path.write_text('{}')
    empty = box_statistics(path)
    assert empty.images == 0 and empty.area_quantiles == () and empty.lines()
    json.dumps(empty.to_dict(), allow_nan=False)
