import pytest

from composed_retrieval.ranking import QueryRanking, read_ranking_file, write_ranking_file
from vl_runtime.errors import InputFileNotFoundError, InputValueError

HEAD = '{"format": "mmground-ranking", "format_version": 1, "dataset": "CIRR", "split": "val"}\n'


def test_a_round_trip(tmp_path):
    answers = [QueryRanking('7', ('a', 'b'), ('b',)), QueryRanking('dress/0', ('ü',))]
    path = tmp_path / 'ranking.jsonl'
    write_ranking_file(path, answers, {'dataset': 'CIRR', 'split': 'val'})
    about, again = read_ranking_file(path)
    assert again == answers and about['split'] == 'val'


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('', "line 1: expected the format 'mmground-ranking', version 1, found None"),
        ('{"7": ["a"]}\n', 'line 1: expected the format'),
        (HEAD + '{"query_id": "7"', 'line 2: not valid JSON'),
        (HEAD + '[3]', r'line 2: expected an object, found \[3\]'),
        (HEAD + '{"query_id": 7, "ranking": []}', "line 2: expected 'query_id'"),
        (HEAD + '{"query_id": "7", "ranking": [3]}', "line 2: expected 'query_id'"),
        (HEAD + '{"query_id": "7"}', "line 2: expected 'query_id'"),
    ],
)
def test_a_wrong_line_is_named(tmp_path, text, message):
    path = tmp_path / 'ranking.jsonl'
    path.write_text(text)
    with pytest.raises(InputValueError, match=message):
        read_ranking_file(path)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(InputFileNotFoundError, match='no such file'):
        read_ranking_file(tmp_path / 'ranking.jsonl')
