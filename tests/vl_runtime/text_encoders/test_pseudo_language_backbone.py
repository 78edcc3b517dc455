import json

import numpy as np
import pytest
import torch
from mmengine.registry import MODELS

from vl_runtime.errors import InputFileNotFoundError, InputKeyError, InputValueError


class Payload:
    """Something that a file of embeddings must not carry."""


def build(path='', **settings):
    return MODELS.build(dict(type='PseudoLanguageBackbone', text_embed_path=str(path), **settings))


@pytest.fixture
def save(tmp_path):
    def save_table(table, name='embeddings.pth'):
        torch.save(table, tmp_path / name)
        return tmp_path / name

    return save_table


@pytest.fixture
def table(save):
    return save({'dog': torch.tensor([3.0, 4.0]), 'cat': torch.tensor([[0.0, 2.0]])})


@pytest.fixture
def matrix(tmp_path):
    """Half-precision rows of length 5, 2 and 1, with their class texts."""
    rows = np.array([[3, 4], [0, 2], [1, 0]], dtype=np.float16)
    np.save(tmp_path / 'rows.npy', rows)
    texts = [['dog', 'hound'], ['cat', 'toy'], ['toy', 'toy/doll']]
    (tmp_path / 'texts.json').write_text(json.dumps(texts))
    return tmp_path / 'rows.npy', str(tmp_path / 'texts.json')


def test_texts_are_looked_up_as_they_are(table):
    encoder = build(table)

    feats, mask = encoder([['cat', 'dog'], ['dog', 'dog/puppy']])

    assert mask is None
    assert feats.tolist() == [[[0, 2], [3, 4]], [[3, 4], [3, 4]]]
    assert feats.dtype == torch.float32
    assert not feats.requires_grad
    assert encoder.embed_dims == 2


def test_rows_become_unit_vectors_on_demand(table):
    torch.testing.assert_close(
        build(table, normalize=True)([['dog', 'cat']])[0], torch.tensor([[[0.6, 0.8], [0, 1.0]]])
    )


def test_padding_gives_zeros_unless_the_file_has_it(table, save):
    assert build(table)([['', 'cat']])[0].tolist() == [[[0, 0], [0, 2]]]
    other = save({'': torch.tensor([1.0, 1.0])}, 'padding.pth')
    assert build(other)([['']])[0].tolist() == [[[1, 1]]]


def test_training_and_evaluation_read_their_own_file(table, save):
    test = save({'dog': torch.tensor([9.0, 9.0])}, 'test.pth')
    encoder = build(table, test_embed_path=str(test))

    assert encoder.train()([['dog']])[0].tolist() == [[[3, 4]]]
    assert encoder.eval()([['dog']])[0].tolist() == [[[9, 9]]]
    with pytest.raises(InputKeyError, match=r"test\.pth: no embedding for the text 'cat'"):
        encoder([['cat']])


def test_evaluation_answers_what_is_asked_now(table):
    encoder = build(table).eval()
    encoder([['dog']])

    assert encoder([['cat']])[0].tolist() == [[[0, 2]]]


def test_an_array_is_read_with_its_class_texts(matrix):
    path, texts = matrix
    encoder = build(path, texts_path=texts, normalize=True)

    feats, _ = encoder([['dog', 'hound', 'toy', 'toy/doll', 'cat']])

    expected = torch.tensor([[0.6, 0.8], [0.6, 0.8], [1, 0], [1, 0], [0, 1]])
    torch.testing.assert_close(feats[0], expected)


def test_the_state_has_the_published_buffer_only(table):
    state = build(table).state_dict()

    assert {key: tuple(value.shape) for key, value in state.items()} == {'buff': (1,)}


def test_the_identity_follows_the_vectors(table, save):
    identity = build(table).identity

    assert build(table).identity == identity
    assert build(table, normalize=True).identity != identity


def test_an_unknown_text_is_named_with_the_closest_one(table):
    with pytest.raises(
        InputKeyError,
        match=r"embeddings\.pth: no embedding for the text 'dogg', the file has 2 texts\. Did you "
        r"mean 'dog'\?",
    ):
        build(table)([['cat', 'dogg']])


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ([1], r'expected a dictionary \{text: vector\}, found list'),
        ({}, r'expected a dictionary \{text: vector\}, found an empty one'),
        ({3: torch.ones(2)}, 'expected a text at entry 0, found 3'),
        ({'a': 'b'}, "expected a vector for 'a', found str"),
        ({'a': torch.ones(2, 2)}, r"expected a vector for 'a', found shape \(2, 2\)"),
        ({'a': torch.tensor(1.0)}, r"expected a vector for 'a', found shape \(\)"),
        (
            {'a': torch.ones(2), 'b': torch.ones(3)},
            "expected 2 numbers for 'b' like the first text, found 3",
        ),
        (
            {'a': torch.ones(2), 'b': torch.tensor([1.0, float('inf')])},
            r"the embedding of 'b' \(row 1\) is not finite",
        ),
    ],
)
def test_bad_dictionaries_are_named(save, content, message):
    with pytest.raises(InputValueError, match=message):
        build(save(content))


def test_a_file_that_carries_code_is_refused(save):
    with pytest.raises(InputValueError, match='refused, it holds more than tensors'):
        build(save({'a': Payload()}))


def test_files_that_cannot_be_read_are_named(tmp_path, table):
    with pytest.raises(InputValueError, match=r"path of a \.pth or \.npy file, found ''"):
        build()
    with pytest.raises(InputFileNotFoundError, match=r'none\.pth: no such file of text embedd'):
        build(tmp_path / 'none.pth')
    whole = table.read_bytes()
    for name, content in (('cut.pth', whole[: len(whole) // 2]), ('empty.pth', b'')):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputValueError, match=rf'{name}: not a readable \.pth file'):
            build(tmp_path / name)


def test_bad_arrays_are_named(tmp_path, matrix):
    path, texts = matrix
    with pytest.raises(InputValueError, match=r'a \.npy holds no texts; give texts_path'):
        build(path)
    np.save(path, np.ones((2, 2)))
    with pytest.raises(InputValueError, match=r'expected 3 rows, one per entry of .*, found 2'):
        build(path, texts_path=texts)
    np.save(path, np.ones(3, dtype=np.int64))
    with pytest.raises(InputValueError, match=r'expected a float array .*, found int64 \(3,\)'):
        build(path, texts_path=texts)
    np.save(path, np.array([{}], dtype=object))
    with pytest.raises(InputValueError, match=r'not a readable \.npy array'):
        build(path, texts_path=texts)


def test_both_files_need_the_same_width(table, save):
    other = save({'dog': torch.ones(3)}, 'wide.pth')

    with pytest.raises(InputValueError, match=r'wide\.pth: expected embeddings of width 2'):
        build(table, test_embed_path=str(other))
