import pytest
import torch
from mmengine.registry import DATASETS

from composed_retrieval.ranking import rank_queries
from vl_runtime.errors import InputKeyError, InputValueError

NAMES = ('a', 'b', 'c', 'd')
GALLERY = torch.eye(4)[:, None]  # (4 pictures, 1 vector, width 4)


def query(query_id='1', gallery='all', subset=()):
    return {'query_id': query_id, 'gallery': gallery, 'subset': subset}


def test_names_come_best_first_and_the_subset_whole():
    scores = torch.tensor([[0.1, 0.9, 0.3, 0.2], [0.5, 0.5, 0.6, 0.5]])
    queries = [query('1', subset=('d', 'a')), query('2', subset=('c', 'd', 'b'))]
    first, second = rank_queries(queries, scores, NAMES, GALLERY, {'all': NAMES}, num_ranked=2)
    assert first.query_id == '1' and first.ranking == ('b', 'c')
    assert first.subset_ranking == ('d', 'a')
    assert second.ranking == ('c', 'a') and second.subset_ranking == ('c', 'b', 'd')


def test_each_query_ranks_its_own_gallery_in_the_order_of_its_names():
    galleries = {'one': ('d', 'a'), 'two': ('b', 'c', 'd')}
    queries = [query('1', 'two'), query('2', 'one'), query('3', 'two')]
    scores = torch.tensor([[9, 1, 1, 3], [2, 9, 9, 2], [0, 1, 2, 0]]).float()
    answers = rank_queries(queries, scores, NAMES, GALLERY, galleries)
    assert [answer.query_id for answer in answers] == ['1', '2', '3']
    assert answers[0].ranking == ('d', 'b', 'c')
    assert answers[1].ranking == ('d', 'a')  # equal scores: the gallery's order
    assert answers[2].ranking == ('c', 'b', 'd')


def test_items_of_a_data_set_can_be_ranked(cirr_root):
    dataset = DATASETS.build(dict(type='CIRRDataset', data_root=cirr_root, split='val'))
    names = dataset.galleries['val']
    scores = torch.arange(8.0).repeat(3, 1)
    answers = rank_queries(list(dataset), scores, names, torch.eye(8)[:, None], dataset.galleries)
    assert answers[1].ranking == names[::-1]
    assert answers[1].subset_ranking == names[5::-1]


@pytest.mark.parametrize(
    ('queries', 'names', 'galleries', 'message'),
    [
        ([query()], NAMES, {'all': NAMES}, 'expected features of 1 queries, found 2'),
        ([query(), query()], NAMES, {'all': NAMES}, "expected each of the queries once, found '1'"),
        ([query('1'), query('2')], 'abc', {'all': NAMES}, 'of 3 gallery pictures, found 4'),
        ([query('1'), query('2')], 'abca', {'all': NAMES}, 'each of the gallery pictures once'),
        ([query('1'), query('2')], 'abce', {'all': NAMES}, "1 of 4 pictures .* first: 'd'"),
        ([query('1'), query('2', subset='z')], NAMES, {'all': NAMES}, "query 2: .*member 'z'"),
    ],
)
def test_what_does_not_fit_together_is_told(queries, names, galleries, message):
    with pytest.raises((InputKeyError, InputValueError), match=message):
        rank_queries(queries, torch.ones(2, 4), names, GALLERY, galleries)
