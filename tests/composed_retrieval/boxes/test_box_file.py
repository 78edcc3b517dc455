import json

import numpy as np
import pytest

from composed_retrieval.boxes import BoxFile, PictureBoxes, read_box_file, write_box_file
from vl_runtime.errors import InputFileNotFoundError, InputKeyError, InputValueError

BOX = [0.1, 0.2, 0.5, 0.75]


@pytest.fixture
def written(tmp_path):
    """written(content): the path of a box file."""

    def write(content):
        path = tmp_path / 'boxes.json'
        path.write_text(json.dumps(content))
        return path

    return write


def test_the_published_form_is_read(written):
    content = read_box_file(written({'a': [BOX, [0, 0, 1, 1]], 'b': []}))
    assert list(content.images) == ['a', 'b'] and not content.metadata
    np.testing.assert_array_equal(content.images['a'].boxes, [BOX, [0, 0, 1, 1]])
    assert content.images['b'].boxes.shape == (0, 4)


def test_a_round_trip_keeps_order_boxes_and_metadata(tmp_path):
    boxes = np.array([BOX])
    content = BoxFile(
        {'z': PictureBoxes(boxes), 'a': PictureBoxes(np.zeros((0, 4)))},
        metadata={'method': 'saliency', 'split': 'val'},
    )
    path = tmp_path / 'new' / 'val.json'
    write_box_file(path, content)
    again = read_box_file(path)

    assert json.loads(path.read_text()) == {'z': [BOX], 'a': []}
    assert list(again.images) == ['z', 'a']
    np.testing.assert_array_equal(again.images['z'].boxes, boxes)
    sidecar = json.loads((tmp_path / 'new' / 'val.meta.json').read_text())
    assert sidecar == again.metadata
    assert sidecar['format_version'] == 1 and sidecar['method'] == 'saliency'
    assert sidecar['coordinates'] == 'normalized_xyxy_original'


def test_a_round_trip_keeps_scores_labels_and_pairs(tmp_path):
    picture = PictureBoxes(np.array([BOX]), (0.5,), ('dog',))
    path = tmp_path / 'val.json'
    write_box_file(path, BoxFile({}, {'12': {'reference': picture}}), with_scores=True)
    again = read_box_file(path)
    assert not again.images
    found = again.pairs['12']['reference']
    assert found.scores == (0.5,) and found.labels == ('dog',) and found.boxes.tolist() == [BOX]


def test_rounding_at_the_border_is_clipped(written):
    content = read_box_file(written({'a': [[-5e-7, 0, 1 + 5e-7, 1]]}))
    assert content.images['a'].boxes.tolist() == [[0, 0, 1, 1]]


@pytest.mark.parametrize(
    ('box', 'message'),
    [
        ([10, 20, 200, 180], 'expected fractions 0..1 .*these look like pixels'),
        ([0.1, 0.2, 1.01, 0.5], 'expected fractions 0..1 of the original image, found'),
        ([-0.1, 0.2, 0.5, 0.5], 'expected fractions 0..1'),
        ([0.5, 0.2, 0.1, 0.75], 'expected x1 < x2 and y1 < y2, found'),
        ([0.1, 0.2, 0.1, 0.75], 'expected x1 < x2'),
        ([0.1, float('nan'), 0.5, 0.75], r'expected finite numbers, found \[0.1, nan'),
        ([0.1, 0.2, 0.5, float('inf')], 'expected finite numbers'),
        ([0.1, 0.2, 0.5], 'expected four numbers'),
        ([0.1, 0.2, 0.5, '0.7'], 'expected four numbers'),
        (0.1, 'expected four numbers'),
    ],
)
def test_a_wrong_box_is_one_line_with_its_place(written, box, message):
    path = written({'a': [BOX], 'b': [BOX, box]})
    with pytest.raises(InputValueError, match=rf"boxes.json: 'b': box 1: {message}") as caught:
        read_box_file(path)
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ([BOX], 'expected an object {image name: boxes}, found list'),
        ({'a': {'x': 3}}, "'a': expected a list of boxes"),
        ({'images': [], 'pairs': {}}, "expected an object under 'images'"),
        ({'pairs': {'3': {'left': {}}}}, "pair '3': expected the sides reference and target"),
        ({'pairs': {'3': {'target': {}}}}, '3/target: expected a list of boxes, found None'),
        ({'images': {'a': {'boxes': [BOX], 'scores': [1, 2]}}}, "'a': expected scores for 1 boxes"),
    ],
)
def test_another_structure_is_told(written, content, message):
    with pytest.raises(InputValueError, match=message):
        read_box_file(written(content))


def test_a_sidecar_with_other_coordinates_is_refused(written, tmp_path):
    path = written({'a': []})
    (tmp_path / 'boxes.meta.json').write_text('{"coordinates": "pixels"}')
    with pytest.raises(InputValueError, match=r"boxes.meta.json: expected coordinates 'normalized"):
        read_box_file(path)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(InputFileNotFoundError, match='no such file'):
        read_box_file(tmp_path / 'boxes.json')


def test_unknown_names_are_counted_and_the_first_is_named(written):
    path = written({'a': [], 'dev-1-img': [], 'other': []})
    content = read_box_file(path)
    with pytest.raises(InputKeyError, match=r"2 of 3 images are unknown .*'dev-1-img'. Did you"):
        content.require_names(path, {'a', 'dev-1-img0'}, ())
    pairs = BoxFile({}, {'7': {}})
    with pytest.raises(InputKeyError, match=r"1 of 1 pairs are unknown to the data set.*'7'"):
        pairs.require_names(path, (), {'8'})


def test_nothing_is_written_that_could_not_be_read(tmp_path):
    with pytest.raises(InputValueError, match="'a': box 0: expected fractions"):
        write_box_file(tmp_path / 'x.json', BoxFile({'a': PictureBoxes(np.array([[0, 0, 9, 9]]))}))
    with pytest.raises(InputValueError, match='boxes of pairs have no place in the published form'):
        write_box_file(tmp_path / 'x.json', BoxFile({}, {'7': {}}))
    assert not list(tmp_path.iterdir())
