import dataclasses
import json

import cv2
import numpy as np
import pytest

from vl_runtime.demo.shapes_data import (
    PHRASES,
    TAUGHT_PHRASES,
    UNTAUGHT_PHRASES,
    ShapesSpec,
    draw_image,
    make_shapes_dataset,
)
from vl_runtime.errors import InputPermissionError, InputValueError

SMALL = ShapesSpec(num_train=30, num_val=4, num_test=12, image_size=96)


def test_untaught_phrases_are_one_of_each_colour_and_each_shape():
    assert len(PHRASES) == 16 and len(TAUGHT_PHRASES) == 12
    colours, shapes = zip(*(phrase.split() for phrase in UNTAUGHT_PHRASES))
    assert len(set(colours)) == len(set(shapes)) == 4


def test_training_split_never_holds_an_untaught_phrase(tmp_path):
    make_shapes_dataset(tmp_path, SMALL)
    for split in ('train', 'val'):
        text = (tmp_path / 'annotations' / f'instances_{split}.json').read_text()
        assert not any(phrase in text for phrase in UNTAUGHT_PHRASES)
    test = json.loads((tmp_path / 'annotations/instances_test.json').read_text())
    assert [c['name'] for c in test['categories']] == list(PHRASES)


def test_same_seed_gives_the_same_files_and_a_complete_set_is_kept(tmp_path):
    first = make_shapes_dataset(tmp_path / 'a', SMALL)
    second = make_shapes_dataset(tmp_path / 'b', SMALL)
    for path in sorted(p for p in first.rglob('*') if p.is_file()):
        assert path.read_bytes() == (second / path.relative_to(first)).read_bytes(), path
    stamp = (first / 'images/train/00000.jpg').stat().st_mtime_ns
    make_shapes_dataset(first, SMALL)
    assert (first / 'images/train/00000.jpg').stat().st_mtime_ns == stamp


def test_a_folder_of_the_users_is_refused_and_kept(tmp_path):
    picture = tmp_path / 'images' / 'mine.jpg'
    picture.parent.mkdir()
    picture.write_bytes(b'mine')
    with pytest.raises(InputValueError, match='found something else, which would be lost'):
        make_shapes_dataset(tmp_path, SMALL)
    assert picture.read_bytes() == b'mine'


def test_another_spec_replaces_the_shapes(tmp_path):
    make_shapes_dataset(tmp_path / 'shapes', SMALL)
    make_shapes_dataset(tmp_path / 'shapes', ShapesSpec(2, 2, 2, image_size=96))
    assert len(list(tmp_path.rglob('*.jpg'))) == 6
    assert [path.name for path in tmp_path.iterdir()] == ['shapes']


def test_polygons_change_no_picture_and_fill_their_boxes(tmp_path):
    plain = make_shapes_dataset(tmp_path / 'plain', SMALL)
    spec = dataclasses.replace(SMALL, polygons=True)
    outlined = make_shapes_dataset(tmp_path / 'outlined', spec)
    for path in (plain / 'images').rglob('*.jpg'):
        assert path.read_bytes() == (outlined / path.relative_to(plain)).read_bytes()
    name = 'annotations/instances_train.json'
    without, found = (json.loads((folder / name).read_text()) for folder in (plain, outlined))
    for annotation in found['annotations']:
        x, y, width, height = annotation['bbox']
        (polygon,) = annotation['segmentation']
        corners = np.reshape(polygon, (-1, 2))
        box = [*corners.min(0), *corners.max(0)]
        assert np.allclose(box, [x, y, x + width, y + height], atol=1.5)
        del annotation['segmentation']
    assert found == without


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / 'file').touch()
    with pytest.raises(InputPermissionError, match=r'file/shapes: cannot write there'):
        make_shapes_dataset(tmp_path / 'file' / 'shapes', SMALL)


def test_boxes_lie_around_pixels_of_their_colour():
    rng = np.random.default_rng(3)
    for _ in range(20):
        picture, objects = draw_image(rng, ('red circle',), 128, 1)
        ((phrase, (x, y, width, height), outline),) = objects
        assert phrase == 'red circle'
        hue = cv2.cvtColor(picture, cv2.COLOR_BGR2HSV)
        red = ((hue[..., 0] < 8) | (hue[..., 0] > 172)) & (hue[..., 1] > 130)
        rows, columns = np.nonzero(cv2.medianBlur(red.astype(np.uint8), 5))
        found = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
        assert np.abs(found - [x, y, x + width, y + height]).max() <= 3
        inside = cv2.fillPoly(np.zeros_like(red, np.uint8), [outline.round().astype(int)], 1)
        assert (inside > 0)[red].mean() > 0.95


def test_several_objects_and_some_overlap():
    rng = np.random.default_rng(0)
    counts, overlaps = set(), 0
    for _ in range(60):
        _, objects = draw_image(rng, PHRASES, 128, 4)
        counts.add(len(objects))
        boxes = [box for _, box, _ in objects]
        overlaps += any(
            max(a[0], b[0]) < min(a[0] + a[2], b[0] + b[2])
            and max(a[1], b[1]) < min(a[1] + a[3], b[1] + b[3])
            for i, a in enumerate(boxes)
            for b in boxes[:i]
        )
    assert counts == {1, 2, 3, 4} and overlaps > 10


@pytest.mark.parametrize(
    ('values', 'message'),
    [
        ({'num_train': -3}, 'num_train: expected at least 0, found -3'),
        ({'image_size': 0}, 'image_size: expected at least 32, found 0'),
        ({'seed': -1}, 'seed: expected 0 or more, found -1'),
    ],
)
def test_numbers_that_cannot_be_drawn_are_refused(values, message):
    with pytest.raises(InputValueError, match=message):
        ShapesSpec(**values)
