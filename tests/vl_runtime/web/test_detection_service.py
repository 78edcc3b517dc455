import json
import threading
from pathlib import Path

import numpy as np
import pytest

from vl_runtime.errors import InputValueError
from vl_runtime.inference import Predictor
from vl_runtime.web.detection_service import DetectionService
from vl_runtime.web.phrases import parse_phrases

PICTURE = np.full((16, 24, 3), 90, np.uint8)


@pytest.fixture
def service(predictor_recipe):
    return DetectionService(Predictor.from_checkpoint(predictor_recipe, device='cpu'))


def test_phrases_are_separated_by_commas_and_line_breaks():
    assert parse_phrases(' red  star, dog\n\ncat;a b ,') == ['red star', 'dog', 'cat', 'a b']


@pytest.mark.parametrize('phrases', ['', ' , \n', None])
def test_no_phrase_is_told(service, phrases):
    with pytest.raises(InputValueError, match='There is no phrase: write what to look for'):
        service.detect(PICTURE, phrases)


def test_a_phrase_that_is_there_twice_is_told(service):
    with pytest.raises(InputValueError, match=r'Phrases: .*dog'):
        service.detect(PICTURE, 'dog, cat, dog')


def test_no_picture_is_told(service):
    with pytest.raises(InputValueError, match='There is no picture yet'):
        service.detect(None, 'dog')


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        ({'score_threshold': 2}, 'score_threshold: expected a value from 0 to 1'),
        ({'nms_threshold': -1}, 'NMS threshold: expected 0 to 1'),
        ({'max_boxes': 0}, 'expected at least 1'),
        ({'max_boxes': 301}, 'returns at most 300 boxes'),
    ],
)
def test_numbers_out_of_range_are_told(service, settings, message):
    with pytest.raises(InputValueError, match=message):
        service.detect(PICTURE, 'dog', **settings)


def test_boxes_are_in_picture_table_and_json(service):
    result = service.detect(PICTURE, 'dog, cat', score_threshold=0.4)
    assert result.rows == [['dog', 0.9, 0, 0, 6, 4], ['cat', 0.45, 3, 2, 9, 6]]
    assert result.summary == '2 boxes: dog 1, cat 1'
    assert len(np.unique(result.picture.reshape(-1, 3), axis=0)) > 1
    content = json.loads(result.json_path.read_text())
    names = {category['id']: category['name'] for category in content['categories']}
    found = [(names[box['category_id']], box['bbox']) for box in content['annotations']]
    assert found == [('dog', [0, 0, 6, 4]), ('cat', [3, 2, 6, 4])]
    assert content['info']['texts'] == ['dog', 'cat'] and content['info']['score_threshold'] == 0.4


def test_thresholds_and_limit_reduce_the_boxes(service):
    assert len(service.detect(PICTURE, 'a, b, c', score_threshold=0.4).rows) == 2
    assert len(service.detect(PICTURE, 'a, b, c', score_threshold=0.1, max_boxes=1).rows) == 1
    # neighbours share a quarter of each: 1 / 7
    crowded = service.detect(PICTURE, 'a, b, c', score_threshold=0.1, nms_threshold=0.1)
    assert [row[0] for row in crowded.rows] == ['a', 'c']
    nothing = service.detect(PICTURE, 'a', score_threshold=0.95)
    assert nothing.rows == [] and 'the best one has 0.9' in nothing.summary


def test_a_fixed_list_needs_no_phrases(predictor_recipe):
    options = {'model.type': 'ClosedSquareDetector'}
    predictor = Predictor.from_checkpoint(predictor_recipe, device='cpu', cfg_options=options)
    service = DetectionService(predictor, exporter=lambda *_: None)
    assert not service.takes_phrases and not service.can_export
    assert service.detect(PICTURE, '').rows[0][0] == service.texts[0]


def test_visitors_do_not_get_the_phrases_of_others(service):
    answers = {}

    def visit(phrases):
        for _ in range(10):
            answers.setdefault(phrases, set()).add(service.detect(PICTURE, phrases).summary)

    visitors = [threading.Thread(target=visit, args=(name,)) for name in ('dog', 'cat', 'a b')]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert answers == {name: {f'1 box: {name} 1'} for name in ('dog', 'cat', 'a b')}


def test_the_export_has_the_phrases_and_leaves_no_trace(predictor_recipe):
    predictor, exported = Predictor.from_checkpoint(predictor_recipe, device='cpu'), []

    def exporter(model, path: Path):
        exported.append(model.encoded[-1])
        path.write_bytes(b'graph')

    service = DetectionService(predictor, exporter)
    assert service.export('dog, cat', background=True).read_bytes() == b'graph'
    assert exported == [(['dog', 'cat'], True)]
    assert predictor.texts == ('cat', 'dog', 'bird')


def test_without_an_exporter_an_export_is_refused(service):
    with pytest.raises(InputValueError, match='can not be exported'):
        service.export('dog')


def test_files_of_runs_long_ago_are_removed(service):
    first = service.detect(PICTURE, 'dog').json_path
    for _ in range(50):
        last = service.detect(PICTURE, 'dog').json_path
    assert last.is_file() and not first.exists()
