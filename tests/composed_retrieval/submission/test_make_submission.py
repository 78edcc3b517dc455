import dataclasses
import json
import sys

import pytest
from mmengine.registry import DATASETS

from composed_retrieval.ranking import QueryRanking
from composed_retrieval.submission import make_submission
from tests.composed_retrieval.conftest import NAMES, write_json, write_picture
from vl_runtime.errors import InputKeyError, InputValueError


@pytest.fixture
def cirr(cirr_root):
    return DATASETS.build(dict(type='CIRRDataset', data_root=cirr_root, split='test1'))


@pytest.fixture
def answers():
    """To both queries: the gallery in its order, and the group of six in its order."""
    return [QueryRanking(number, NAMES, NAMES[2:]) for number in ('9', '12')]


def test_the_two_files_of_cirr_leave_the_reference_out(cirr, answers, tmp_path):
    recall, subset = make_submission(answers, cirr, tmp_path / 'out')
    content = json.loads(recall.read_text())
    assert content.pop('version') == 'rc2' and content.pop('metric') == 'recall'
    assert set(content) == {'9', '12'}
    assert content['9'] == [*NAMES[:2], *NAMES[3:]]  # the reference of 9 is picture 2
    content = json.loads(subset.read_text())
    assert content['metric'] == 'recall_subset'
    assert content['9'] == list(NAMES[3:6])
    assert content['12'] == [NAMES[2], *NAMES[4:6]]


def test_circo_has_ids_as_numbers(tmp_path):
    images = [{'id': number, 'file_name': f'{number}.jpg'} for number in range(1, 61)]
    folder = tmp_path / 'COCO2017_unlabeled'
    write_json(folder / 'annotations/image_info_unlabeled2017.json', {'images': images})
    for image in images:
        write_picture(folder / 'unlabeled2017' / image['file_name'])
    queries = [{'id': 0, 'reference_img_id': 1, 'relative_caption': 'is red'}]
    write_json(tmp_path / 'annotations/test.json', queries)
    dataset = DATASETS.build(dict(type='CIRCODataset', data_root=tmp_path, split='test'))
    ranking = tuple(str(number) for number in range(60, 0, -1))
    (path,) = make_submission([QueryRanking('0', ranking)], dataset, tmp_path / 'out')
    assert json.loads(path.read_text()) == {'0': list(range(60, 10, -1))}


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'query_id': '7'}, "answer 0: query '7' is not among the 2 of CIRR test1"),
        ({'query_id': '12'}, "answer 1: query '12' is there twice"),
        ({'ranking': NAMES[:4]}, 'query 9: expected 7 different names .*, found 3 of 4'),
        ({'ranking': (NAMES[0],) * 9}, 'query 9: expected 7 different names'),
        ({'ranking': ('x',)}, "query 9: 'x' is not among its 7 candidates"),
        ({'subset_ranking': ()}, 'query 9: expected 3 different names'),
        ({'subset_ranking': NAMES}, "query 9: 'dev-0-0-img0' is not among its 5 candidates"),
    ],
)
def test_nothing_wrong_is_written(cirr, answers, tmp_path, changes, message):
    answers[0] = dataclasses.replace(answers[0], **changes)
    with pytest.raises((InputKeyError, InputValueError), match=message):
        make_submission(answers, cirr, tmp_path / 'out')
    assert not (tmp_path / 'out').exists()


def test_every_query_must_be_answered(cirr, answers, tmp_path):
    with pytest.raises(InputValueError, match=r"each of 2 queries .* 1 are missing, first: '12'"):
        make_submission(answers[:1], cirr, tmp_path)


def test_the_servers_limit_is_kept(cirr, answers, tmp_path, monkeypatch):
    module = sys.modules[make_submission.__module__]
    monkeypatch.setattr(module, '_MOST_BYTES', 50)
    with pytest.raises(InputValueError, match=r'cirr_recall.json: expected at most 50 bytes'):
        make_submission(answers, cirr, tmp_path)


def test_a_data_set_without_a_server_is_told(tmp_path, answers):
    class Other:
        NAME = 'FashionIQ'

    with pytest.raises(InputValueError, match=r'expected CIRR or CIRCO.*, found FashionIQ'):
        make_submission(answers, Other(), tmp_path)
