import importlib.util

import pytest
import torch
from torch.nn.functional import normalize

from composed_retrieval.ranking import FaissIndex, rank_gallery, recall
from vl_runtime.errors import InputValueError

installed = importlib.util.find_spec('faiss') is not None
needs_faiss = pytest.mark.skipif(not installed, reason='faiss is not installed')


def features(seed, *shape):
    random = torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
    return normalize(random, dim=-1)


@needs_faiss
def test_a_flat_index_is_exact():
    queries, gallery = features(0, 7, 16), features(1, 300, 4, 16)
    gallery[9] = gallery[200]  # a tie
    found = FaissIndex(gallery.numpy()).rank(queries.numpy(), 20)
    exact = rank_gallery(queries, gallery, 20)
    assert torch.equal(found.indices, exact.indices)
    torch.testing.assert_close(found.scores, exact.scores)
    assert recall(found, exact) == 1


@needs_faiss
def test_an_approximate_index_tells_how_far_it_is_from_exact():
    queries, gallery = features(0, 20, 16), features(1, 400, 4, 16)
    exact = rank_gallery(queries, gallery, 10)
    few, many = (FaissIndex(gallery.numpy(), 'IVF16,Flat', num_probes=number) for number in (1, 16))
    assert recall(few.rank(queries.numpy(), 10), exact) < 1
    assert recall(many.rank(queries.numpy(), 10), exact) == 1


@needs_faiss
def test_a_gallery_of_one():
    found = FaissIndex(features(1, 1, 4, 16).numpy()).rank(features(0, 2, 16).numpy(), 5)
    assert found.indices.tolist() == [[0], [0]]


@needs_faiss
def test_an_unknown_description_is_told():
    with pytest.raises(InputValueError, match="faiss: 'Fla' is no index for vectors of width 16"):
        FaissIndex(features(1, 3, 4, 16).numpy(), 'Fla')


@pytest.mark.skipif(installed, reason='faiss is installed')
def test_without_the_package_the_way_to_get_it_is_told():
    with pytest.raises(InputValueError, match=r"FaissIndex needs .*'faiss'.*mmground\[retrieval\]"):
        FaissIndex(features(1, 3, 4, 16).numpy())


def test_recall_counts_pictures_whatever_their_order():
    exact = rank_gallery(torch.eye(1, 4), torch.eye(4)[:, None], 2)
    other = rank_gallery(torch.tensor([[1.0, 0, 0, 0.5]]), torch.eye(4)[:, None], 2)
    assert exact.indices.tolist() == [[0, 1]] and other.indices.tolist() == [[0, 3]]
    assert recall(other, exact) == 0.5
