import json

import pytest

from vl_runtime import vocabulary as vocabulary_module
from vl_runtime.errors import InputFileNotFoundError, InputPermissionError, InputValueError
from vl_runtime.vocabulary import Vocabulary


@pytest.fixture
def write(tmp_path):
    def write_file(content, name='texts.json'):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write_file


def test_a_json_of_synonym_lists_keeps_its_order(write):
    path = write([['aerosol can', 'spray can'], ['dog'], 'cat'])

    vocabulary = Vocabulary.from_json(path)

    assert vocabulary.to_lists() == [['aerosol can', 'spray can'], ['dog'], ['cat']]
    assert vocabulary.names == ['aerosol can', 'dog', 'cat']
    assert len(vocabulary) == 3
    assert vocabulary.source == str(path)
    assert hash(vocabulary) == hash(Vocabulary.from_json(path))


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ([], 'expected at least one class text, found none'),
        ([['a'], []], 'expected at least one text in entry 1, found none'),
        ([['a'], [' ']], "expected a text in entry 1, found the empty string ' '"),
        ([['a'], ['b', '']], "expected a text in entry 1, found the empty string ''"),
        ([['a'], ['b'], ['a']], "found 'a' in entry 0 and again in entry 2"),
        (
            [['a'], ['b'], ['c'], {'name': 'd'}],
            "expected a list of synonyms in entry 3, found a dict with keys 'name'",
        ),
        ([['a', 3]], 'entry 0: expected a string at index 1, found int 3'),
        ([7], 'expected a list of synonyms in entry 0, found int 7'),
        ({'a': 1}, "expected a list of class texts, found a dict with keys 'a'"),
        ({'images': [], 'categories': []}, 'an annotation file'),
        ('[["a"], ["b', 'expected JSON, found a mistake at line 1, column 10 .*cut short'),
        ('', 'expected JSON, found a mistake at line 1, column 1'),
    ],
)
def test_a_bad_class_text_file_is_named_with_entry_expected_and_found(write, content, message):
    path = write(content)

    with pytest.raises(InputValueError, match=message) as error:
        Vocabulary.from_json(path)

    assert str(error.value).startswith(str(path))
    assert '\n' not in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputFileNotFoundError, match=r'none\.json: no such file'):
        Vocabulary.from_json(tmp_path / 'none.json')


def test_a_folder_is_not_a_class_text_file(tmp_path):
    with pytest.raises(InputValueError, match='expected a JSON file, found a folder'):
        Vocabulary.from_json(tmp_path)


def test_bytes_that_are_not_utf8_are_refused(tmp_path):
    (tmp_path / 'texts.json').write_bytes(b'["caf\xe9"]')

    with pytest.raises(InputValueError, match='found other bytes at position 5'):
        Vocabulary.from_json(tmp_path / 'texts.json')


def test_an_unreadable_file_is_named(write, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError(13, 'Permission denied')

    monkeypatch.setattr('pathlib.Path.read_text', refuse)

    with pytest.raises(InputPermissionError, match=r'cannot be read \(Permission denied\)'):
        Vocabulary.from_json('texts.json')


def test_a_shared_main_name_with_different_synonyms_is_a_warning(write, monkeypatch):
    lines = []
    monkeypatch.setattr(vocabulary_module, 'print_log', lambda text, **kwargs: lines.append(text))
    path = write([['bow', 'ribbon'], ['bow', 'weapon']])

    assert len(Vocabulary.from_json(path)) == 2
    assert len(lines) == 1
    assert "the first is 'bow' (entries 0 and 1)" in lines[0]


def test_names_need_a_list():
    assert Vocabulary.from_names(('cat', 'dog'), 'the recipe').to_lists() == [['cat'], ['dog']]
    with pytest.raises(InputValueError, match="the recipe: expected a list of names, found 'cat'"):
        Vocabulary.from_names('cat', 'the recipe')
    with pytest.raises(InputValueError, match='the recipe: expected a string at index 1'):
        Vocabulary.from_names(['cat', None], 'the recipe')


def test_coco_categories_come_in_file_order(write):
    path = write({'categories': [{'id': 9, 'name': 'traffic_light'}, {'id': 1, 'name': 'cat'}]})

    assert Vocabulary.from_annotations(path).names == ['traffic_light', 'cat']


def test_lvis_synonyms_are_read_with_spaces(write):
    path = write(
        {
            'categories': [
                {'id': 1, 'name': 'aerosol_can', 'synonyms': ['aerosol_can', 'spray_can']},
                {'id': 2, 'name': 'bow_(weapon)', 'synonyms': ['bow_(weapon)']},
            ]
        }
    )

    assert Vocabulary.from_annotations(path).to_lists() == [
        ['aerosol can', 'spray can'],
        ['bow (weapon)'],
    ]


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ([1], "expected a list under 'categories', found a list of 1"),
        ({'images': []}, "expected a list under 'categories', found nothing"),
        (
            {'categories': [{'name': 'a'}, {'id': 2}]},
            'expected a name in category 1, found nothing',
        ),
        ({'categories': ['a']}, "expected a name in category 0, found str 'a'"),
        (
            {'categories': [{'name': 'a', 'synonyms': 'b'}]},
            r"expected a list of synonyms in category 0 \('a'\), found str 'b'",
        ),
        (
            {'categories': [{'name': 'a', 'synonyms': [1]}]},
            r"synonyms of category 0 \('a'\): expected a string at index 1, found int 1",
        ),
        ('{"categories": [{"name"', 'expected JSON, found a mistake'),
    ],
)
def test_bad_categories_are_named(write, content, message):
    with pytest.raises(InputValueError, match=message):
        Vocabulary.from_annotations(write(content))


@pytest.mark.parametrize('below', ['', 'Annotations/'])
def test_voc_names_are_sorted(write, tmp_path, below):
    write('<annotation><object><name>dog</name></object></annotation>', f'{below}1.xml')
    write(
        '<annotation><object><name>RBC</name></object><object><name>cat</name></object>'
        '</annotation>',
        f'{below}2.xml',
    )

    assert Vocabulary.from_annotations(tmp_path).names == ['RBC', 'cat', 'dog']


def test_bad_voc_folders_are_named(write, tmp_path):
    with pytest.raises(InputFileNotFoundError, match=r'expected Pascal VOC files \(\*\.xml\)'):
        Vocabulary.from_annotations(tmp_path)
    write('<annotation><obj', '1.xml')
    with pytest.raises(InputValueError, match=r'1\.xml: expected XML, found a mistake'):
        Vocabulary.from_annotations(tmp_path)


def test_the_vocabulary_of_the_data_set_passes():
    vocabulary = Vocabulary((('cat', 'kitten'), ('red blood cell',), ('Aerosol can',)), 't.json')

    vocabulary.check_against(['kitten', 'RBC', 'aerosol_can_(metal)'], 'a.json')


def test_too_few_texts_name_the_first_category_without_one():
    with pytest.raises(
        InputValueError,
        match=r't\.json: expected 3 class texts, one per category of a\.json, found 2; the first '
        r"category without a text is index 2 \('toothbrush'\)\.",
    ):
        Vocabulary.from_names(['a', 'b'], 't.json').check_against(
            ['a', 'b', 'toothbrush'], 'a.json'
        )


def test_too_many_texts_name_the_first_one_without_a_category():
    with pytest.raises(
        InputValueError,
        match=r't\.json: expected 1 class texts, .* found 2; the first text without a category is '
        r"index 1 \('b'\)\.",
    ):
        Vocabulary.from_names(['a', 'b'], 't.json').check_against(['a'], 'a.json')


def test_misordered_texts_name_the_first_disagreement():
    with pytest.raises(
        InputValueError,
        match=r"t\.json: expected a text for category 1 \('dog'\) of a\.json in entry 1, found "
        r"'Traffic light', which is category 2",
    ):
        Vocabulary.from_names(['cat', 'Traffic light', 'dog'], 't.json').check_against(
            ['cat', 'dog', 'traffic_light'], 'a.json'
        )


def test_one_of_two_joined_names_belongs_to_its_class_although_another_is_called_so():
    """Objects365 has the classes 'bread/bun' and 'bread'."""
    vocabulary = Vocabulary((('bread', 'bun'), ('bread',)), 'texts.json')

    vocabulary.check_against(['bread/bun', 'bread'], 'ann.json')

    with pytest.raises(InputValueError, match=r"for category 0 \('roll'\).*found 'bread'"):
        vocabulary.check_against(['roll', 'bread'], 'ann.json')
