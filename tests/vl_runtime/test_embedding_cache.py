import os
import subprocess
import sys
import textwrap

import pytest
import torch

from vl_runtime.embedding_cache import EmbeddingCache, default_folder, shared_embedding_cache
from vl_runtime.errors import InputValueError


class LengthEncoder:
    """Text -> (its length, 1); remembers what it was asked for."""

    def __init__(self):
        self.calls = []

    def __call__(self, texts):
        self.calls.append(list(texts))
        return torch.tensor([[float(len(text)), 1.0] for text in texts], requires_grad=True) * 1


@pytest.fixture
def encode():
    return LengthEncoder()


def test_each_text_is_encoded_once_and_answers_keep_the_order(tmp_path, encode):
    cache = EmbeddingCache('e', 2, folder=tmp_path)

    first = cache.lookup(['bb', 'a', 'bb'], encode)
    second = cache.lookup(['a', 'ccc', 'bb'], encode)

    assert first.tolist() == [[2, 1], [1, 1], [2, 1]]
    assert second.tolist() == [[1, 1], [3, 1], [2, 1]]
    assert encode.calls == [['bb', 'a'], ['ccc']]
    assert first.dtype == torch.float32
    assert not first.requires_grad


def test_an_answer_is_a_copy(tmp_path, encode):
    cache = EmbeddingCache('e', 2, folder=tmp_path)
    cache.lookup(['a'], encode).zero_()

    assert cache.lookup(['a'], encode).tolist() == [[1, 1]]


def test_inference_mode_does_not_spoil_later_training(tmp_path, encode):
    cache = EmbeddingCache('e', 2, folder=tmp_path)
    with torch.inference_mode():
        cache.lookup(['a'], encode)

    weight = torch.ones(2, requires_grad=True)
    (cache.lookup(['a', 'bb'], encode) * weight).sum().backward()

    assert weight.grad.tolist() == [3, 2]


def test_texts_reach_the_encoder_in_batches(tmp_path, encode):
    cache = EmbeddingCache('e', 2, folder=tmp_path, batch_size=2)
    cache.lookup(['a', 'bb', 'ccc'], encode)

    assert encode.calls == [['a', 'bb'], ['ccc']]


def test_a_flushed_cache_answers_in_the_next_run(tmp_path, encode):
    first = EmbeddingCache('e', 2, folder=tmp_path)
    first.lookup(['a', 'bb'], encode)
    first.flush()

    assert EmbeddingCache('e', 2, folder=tmp_path).lookup(['bb'], None).tolist() == [[2, 1]]


def test_a_released_cache_is_flushed(tmp_path, encode):
    cache = EmbeddingCache('e', 2, folder=tmp_path)
    cache.lookup(['a'], encode)
    del cache

    assert EmbeddingCache('e', 2, folder=tmp_path).lookup(['a'], None).tolist() == [[1, 1]]


def test_the_least_recently_used_text_leaves_memory_first(tmp_path, encode):
    (tmp_path / 'file').write_text('')
    cache = EmbeddingCache('e', 2, folder=tmp_path / 'file' / 'unwritable', max_entries=2)
    cache.lookup(['a', 'bb'], encode)
    cache.lookup(['a'], encode)
    cache.lookup(['ccc'], encode)

    assert len(cache) == 2
    assert cache.lookup(['a', 'bb'], encode).tolist() == [[1, 1], [2, 1]]
    assert encode.calls == [['a', 'bb'], ['ccc'], ['bb']]


def test_more_texts_than_memory_holds_are_all_answered(tmp_path, encode):
    cache = EmbeddingCache('e', 2, folder=tmp_path, max_entries=3, batch_size=2)
    texts = ['x' * (1 + index % 7) + str(index) for index in range(20)]

    for _ in range(2):
        assert cache.lookup(texts, encode)[:, 0].tolist() == [len(text) for text in texts]
    assert len(cache) == 3


def test_wrong_shapes_and_numbers_are_refused(tmp_path):
    cache = EmbeddingCache('e', 2, folder=tmp_path)

    with pytest.raises(InputValueError, match=r'expected embeddings of shape \(1, 2\) for 1 texts'):
        cache.lookup(['a'], lambda texts: torch.zeros(1, 3))
    with pytest.raises(InputValueError, match="the embedding of 'b' is not finite"):
        cache.lookup(['a', 'b'], lambda texts: torch.tensor([[1.0, 1], [1, float('nan')]]))
    cache.flush()
    assert list(tmp_path.iterdir()) == []


def test_other_identities_and_widths_have_other_folders():
    folders = {default_folder('a', 2), default_folder('b', 2), default_folder('a', 3)}

    assert len(folders) == 3
    assert all(str(folder).startswith(os.environ['MMGROUND_CACHE']) for folder in folders)


def test_without_the_variable_the_folder_is_in_the_home_cache(monkeypatch, tmp_path):
    monkeypatch.delenv('MMGROUND_CACHE')
    monkeypatch.setenv('HOME', str(tmp_path))

    assert default_folder('a', 2).is_relative_to(tmp_path / '.cache/mmground/text_embeddings')


def test_the_process_shares_one_cache_per_identity():
    assert shared_embedding_cache('a', 2) is shared_embedding_cache('a', 2)
    assert shared_embedding_cache('a', 2) is not shared_embedding_cache('b', 2)


def test_two_processes_share_a_folder(tmp_path, repository, encode):
    script = textwrap.dedent(
        """
        import sys, torch
        from vl_runtime.embedding_cache import EmbeddingCache
        start = int(sys.argv[2])
        cache = EmbeddingCache('e', 2, folder=sys.argv[1], flush_every=8)
        for index in range(start, start + 60):
            text = 'x' * index
            vectors = cache.lookup([text], lambda t: torch.tensor([[float(len(t[0])), 1.0]]))
            assert vectors.tolist() == [[index, 1.0]]
        """
    )
    environment = {**os.environ, 'PYTHONPATH': str(repository / 'projects'), 'OMP_NUM_THREADS': '1'}
    jobs = [
        subprocess.Popen([sys.executable, '-c', script, str(tmp_path), start], env=environment)
        for start in ('0', '30')
    ]
    assert [job.wait(timeout=120) for job in jobs] == [0, 0]

    cache = EmbeddingCache('e', 2, folder=tmp_path)
    assert cache.lookup(['x' * n for n in range(90)], None)[:, 0].tolist() == list(range(90))
    assert all(path.name.startswith('segment-') for path in tmp_path.iterdir())
