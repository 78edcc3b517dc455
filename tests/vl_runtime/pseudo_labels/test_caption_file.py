import pytest

from vl_runtime.errors import InputFileNotFoundError, InputValueError
from vl_runtime.pseudo_labels import read_captions


@pytest.mark.parametrize(
    ('name', 'text'),
    [
        ('a.json', '{"1.jpg": "a dog", "2.jpg": ["red car", "red car"]}'),
        (
            'b.json',
            '[{"file_name": "1.jpg", "caption": "a dog"},'
            ' {"file_name": "2.jpg", "phrases": ["red car"]}]',
        ),
        (
            'c.json',
            '{"images": [{"file_name": "1.jpg", "caption": "a dog"},'
            ' {"file_name": "2.jpg", "phrases": ["red car"]}]}',
        ),
    ],
)
def test_json_captions_and_phrases_are_read(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    first, second = read_captions(tmp_path / name)
    assert (first.file_name, first.caption, first.phrases) == ('1.jpg', 'a dog', ('dog',))
    assert (second.caption, second.phrases) == ('red car', ('red car',))


def test_tables_are_read_with_and_without_a_heading(tmp_path):
    (tmp_path / 'a.csv').write_text('file,caption\n1.jpg,"a dog, a cat"\n')
    (tmp_path / 'a.tsv').write_text('1.jpg\ta dog, a cat\n')
    for name in ('a.csv', 'a.tsv'):
        (image,) = read_captions(tmp_path / name)
        assert image.phrases == ('dog', 'cat')


@pytest.mark.parametrize(
    ('name', 'text', 'words'),
    [
        ('a.txt', '', r'captions are read from .json, .csv or .tsv'),
        ('a.json', '3', r'expected an object or a list of captions, found int'),
        ('a.json', '[{"file": 1}]', r"entry 0: expected an object with 'file_name'"),
        ('a.json', '{"a.jpg": 3}', r"entry 0 \('a.jpg'\): expected a caption or a list of phras"),
        ('a.json', '{"a.jpg": [" "]}', r"entry 0 \('a.jpg'\): expected a caption or a list"),
        ('a.json', '{}', r'expected at least one image, found none'),
        ('a.csv', 'a,b,c\n', r'row 0: expected two columns, file and caption, found 3'),
        ('a.csv', 'a,b\na,c\n', r"entry 1: expected a file of its own, found 'a'"),
    ],
)
def test_other_forms_are_refused(tmp_path, name, text, words):
    (tmp_path / name).write_text(text)
    with pytest.raises(InputValueError, match=words):
        read_captions(tmp_path / name)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputFileNotFoundError, match='no such file'):
        read_captions(tmp_path / 'a.json')
