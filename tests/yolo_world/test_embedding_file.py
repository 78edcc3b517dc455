import numpy as np
import pytest
import torch

from vl_runtime.errors import InputFileNotFoundError, InputValueError
from yolo_world.embedding_file import load_embeddings


def test_rows_become_float32(tmp_path):
    np.save(tmp_path / 'e.npy', np.eye(3, 5))

    assert torch.equal(load_embeddings(tmp_path / 'e.npy'), torch.eye(3, 5))


def test_what_is_no_embedding_file_is_told_with_its_name(tmp_path):
    (tmp_path / 'text.npy').write_text('no array')
    np.save(tmp_path / 'flat.npy', np.ones(5))
    with pytest.raises(InputValueError, match=r'text.npy: expected numbers in .npy format'):
        load_embeddings(tmp_path / 'text.npy')
    with pytest.raises(InputValueError, match=r'flat.npy: .* found \(5,\)'):
        load_embeddings(tmp_path / 'flat.npy')
    with pytest.raises(InputFileNotFoundError, match=r'no.npy: .*generate_text_prompts'):
        load_embeddings(tmp_path / 'no.npy')
