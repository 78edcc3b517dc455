"""Class texts from names: what ships is what the tool writes."""

import json
from pathlib import Path

import pytest

from vl_runtime.converters.class_texts import texts_of_name, write_class_texts
from vl_runtime.errors import InputFileNotFoundError, InputPermissionError, InputValueError
from vl_runtime.vocabulary import Vocabulary

LVIS_CATEGORIES = [
    {'id': 3, 'name': 'bow_(weapon)', 'synonyms': ['bow_(weapon)', 'crossbow'], 'frequency': 'r'},
    {'id': 1, 'name': 'aerosol_can', 'synonyms': ['aerosol_can', 'spray_can'], 'frequency': 'c'},
    {'id': 2, 'name': 'zebra', 'synonyms': ['zebra'], 'frequency': 'f'},
]


@pytest.fixture
def lvis_file(tmp_path):
    path = tmp_path / 'lvis_v1_train.json'
    path.write_text(json.dumps({'categories': LVIS_CATEGORIES}))
    return str(path)


@pytest.fixture
def written(tmp_path):
    def write(source, **options):
        path = tmp_path / 'new' / 'texts.json'
        lines = write_class_texts(source, out=str(path), **options)
        return json.loads(path.read_text()), lines

    return write


@pytest.mark.parametrize(
    ('source', 'shipped', 'count'),
    [
        ('coco', 'texts/coco_class_texts.json', 80),
        ('lvis_v1', 'texts/lvis_v1_class_texts.json', 1203),
        ('lvis_v1', 'captions/lvis_v1_class_captions.json', 1203),
        ('obj365v1', 'texts/obj365v1_class_texts.json', 365),
    ],
)
def test_shipped_files_are_what_the_tool_writes(written, repository, source, shipped, count):
    texts, _ = written(source)
    assert len(texts) == count
    assert json.loads((repository / 'data' / shipped).read_text()) == texts


@pytest.mark.parametrize(
    ('name', 'texts'),
    [
        ('aerosol_can', ['aerosol can']),
        ('bow_(weapon)', ['bow (weapon)']),
        ('cabinet/shelf', ['cabinet', 'shelf']),
        ('shampoo/shower gel', ['shampoo', 'shower gel']),
        ('cutting/chopping board', ['cutting board', 'chopping board']),
        ('tissue ', ['tissue']),
    ],
)
def test_a_name_tells_its_synonyms(name, texts):
    assert texts_of_name(name) == texts


def test_a_shared_name_is_the_main_one_of_the_class_without_another(written):
    texts, _ = written('obj365v1')
    assert ['bread'] in texts and ['bun', 'bread'] in texts
    Vocabulary(tuple(map(tuple, texts)), 'texts')  # its main names differ


def test_lvis_file_gives_its_synonyms_in_file_order(written, lvis_file):
    texts, lines = written(lvis_file)
    assert texts == [['bow (weapon)', 'crossbow'], ['aerosol can', 'spray can'], ['zebra']]
    assert lines[0].endswith('texts.json: 3 classes, 2 with several names.')


def test_choices_of_order_names_and_frequency(written, lvis_file):
    assert written(lvis_file, synonyms=False, sort_by_id=True)[0] == [
        ['aerosol can'],
        ['zebra'],
        ['bow (weapon)'],
    ]
    assert len(written(lvis_file, frequencies=['c', 'f'])[0]) == 2


def test_base_file_goes_where_the_published_recipes_read(lvis_file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'lvis_v1_train.json').rename('lvis_v1_train_base.json')
    write_class_texts('lvis_v1_train_base.json')
    assert len(json.loads((tmp_path / 'data/texts/lvis_v1_base_class_texts.json').read_text())) == 3


def test_a_missing_text_file_tells_the_command():
    path = 'data/texts/lvis_v1_base_class_texts.json'
    with pytest.raises(InputFileNotFoundError) as error:
        Vocabulary.from_json(path + 'x')
    assert 'class_texts.py ANNOTATIONS.json --out' in str(error.value)
    with pytest.raises(InputFileNotFoundError) as error:
        Vocabulary.from_json(f'nowhere/{path}')
    assert 'class_texts.py data/coco/lvis/lvis_v1_train_base.json --out' in str(error.value)


@pytest.mark.parametrize(
    ('source', 'options', 'message'),
    [
        ('coko', {}, r"one of coco, lvis_v1.*Did you mean 'coco'"),
        ('nowhere.json', {}, r'nowhere.json: no such file'),
        ('coco', {'sort_by_id': True}, r'order and frequencies are those of a file'),
    ],
)
def test_mistakes_are_told(source, options, message):
    with pytest.raises((InputValueError, InputFileNotFoundError), match=message):
        write_class_texts(source, **options)


def test_files_without_a_usual_place_or_frequencies_are_told(lvis_file, tmp_path):
    with pytest.raises(InputValueError, match=r'say where to write.*--out FILE'):
        write_class_texts(lvis_file)
    coco = tmp_path / 'coco.json'
    coco.write_text(json.dumps({'categories': [{'id': 1, 'name': 'a_b/c'}]}))
    out = str(tmp_path / 'out.json')
    with pytest.raises(InputValueError, match=r"have no 'frequency'"):
        write_class_texts(str(coco), out=out, frequencies=['f'])
    with pytest.raises(InputValueError, match=r'no category has frequency x'):
        write_class_texts(lvis_file, out=out, frequencies=['x'])
    write_class_texts(str(coco), out=out)
    assert json.loads(Path(out).read_text()) == [['a b', 'c']]


def test_a_place_below_a_file_is_told(tmp_path):
    (tmp_path / 'file').touch()
    with pytest.raises(InputPermissionError, match=r'file/t\.json: cannot write here'):
        write_class_texts('coco', out=str(tmp_path / 'file' / 't.json'))
