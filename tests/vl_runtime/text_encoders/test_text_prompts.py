import numpy as np
import pytest
import torch

from vl_runtime.errors import InputFileNotFoundError, InputValueError
from vl_runtime.text_encoders import HuggingCLIPLanguageBackbone
from vl_runtime.text_encoders.text_prompts import encode_texts, text_encoder, write_embeddings

TEXTS = ['dog', 'cat car', 'dog']


def test_rows_are_the_encoders_unit_vectors_in_the_order_of_the_texts(tiny_clip_folder):
    encoder = HuggingCLIPLanguageBackbone(str(tiny_clip_folder), ['all'])

    values = encode_texts(str(tiny_clip_folder), TEXTS)

    assert values.shape == (3, 12)
    assert values.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(values, axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(values, encoder([TEXTS])[0][0].numpy())
    np.testing.assert_array_equal(values[0], values[2])


def test_padding_adds_the_background_as_the_last_row(tiny_clip_folder):
    values = encode_texts(str(tiny_clip_folder), TEXTS, padding=True)

    np.testing.assert_array_equal(values, encode_texts(str(tiny_clip_folder), [*TEXTS, ' ']))


def test_a_sentence_encoder_is_recognised(tiny_bert_folder):
    encoder = text_encoder(str(tiny_bert_folder))

    assert type(encoder).__name__ == 'HuggingSentenceLanguageBackbone'
    assert encode_texts(str(tiny_bert_folder), ['a red star']).shape == (1, 16)


def test_a_file_is_never_replaced_unasked(tmp_path):
    path = tmp_path / 'new' / 'texts.npy'
    write_embeddings(path, np.ones((2, 3)))
    with pytest.raises(InputValueError, match=r'texts.npy: is there already; .*--overwrite'):
        write_embeddings(path, np.zeros((2, 3)))
    assert np.load(path).tolist() == [[1, 1, 1], [1, 1, 1]]

    write_embeddings(path, np.zeros((2, 3)), overwrite=True)

    assert np.load(path).dtype == np.float32
    assert not np.load(path).any()


def test_mistakes_are_told(tmp_path, tiny_clip_folder):
    with pytest.raises(InputValueError, match=r'texts.pt: expected a name that ends in \.npy'):
        write_embeddings(tmp_path / 'texts.pt', np.ones((2, 3)))
    with pytest.raises(InputValueError, match='texts: expected at least one, found none'):
        encode_texts(str(tiny_clip_folder), [])
    with pytest.raises(InputFileNotFoundError, match='no such folder'):
        encode_texts(str(tmp_path / 'absent'), TEXTS)


def test_nothing_of_torch_is_left_in_the_result(tiny_clip_folder):
    assert isinstance(encode_texts(str(tiny_clip_folder), TEXTS), np.ndarray)
    assert not torch.is_inference_mode_enabled()
