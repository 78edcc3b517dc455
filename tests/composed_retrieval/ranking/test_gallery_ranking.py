import numpy as np
import pytest
import torch

from composed_retrieval.ranking import rank_gallery
from vl_runtime.errors import InputValueError


def features(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def brute_force(queries, gallery):
    """(Q, N): the largest product with a picture's vectors."""
    return torch.einsum('qd,nkd->qnk', queries, gallery).amax(-1)


@pytest.mark.parametrize('max_bytes', [1, 4096, 2**26])
def test_the_best_pictures_are_found_whatever_the_chunks(max_bytes):
    queries, gallery = features(0, 5, 16), features(1, 1500, 3, 16)
    ranking = rank_gallery(queries, gallery, 20, max_bytes=max_bytes)

    expected = brute_force(queries, gallery).sort(dim=1, descending=True, stable=True)
    assert torch.equal(ranking.indices, expected.indices[:, :20])
    torch.testing.assert_close(ranking.scores, expected.values[:, :20])


@pytest.mark.parametrize('max_bytes', [1, 2**26])
def test_equal_scores_are_ranked_by_index(max_bytes):
    picture = features(2, 1, 2, 8)
    gallery = picture.repeat(2500, 1, 1)
    gallery[1700] *= 2  # one that is better
    ranking = rank_gallery(picture[:, 0], gallery, 6, max_bytes=max_bytes)
    assert ranking.indices.tolist() == [[1700, 0, 1, 2, 3, 4]]


def test_scores_of_watched_pictures_come_whatever_their_rank():
    queries, gallery = features(0, 4, 8), features(1, 1100, 2, 8)
    watched = np.array([[3, 1099, -1], [0, 5, 6], [-1, -1, -1], [1023, 1024, 7]])
    ranking = rank_gallery(queries, gallery, 2, watched=watched)

    scores = brute_force(queries, gallery)
    for row, column in zip(*np.nonzero(watched >= 0)):
        torch.testing.assert_close(
            ranking.watched_scores[row, column], scores[row, watched[row, column]]
        )
    assert torch.isneginf(ranking.watched_scores[torch.from_numpy(watched) < 0]).all()


def test_members_of_the_gallery_count_from_zero():
    queries, gallery = features(0, 3, 8), features(1, 40, 2, 8)
    members = np.array([5, 7, 30, 31])
    ranking = rank_gallery(queries, gallery, 9, members=members)
    assert torch.equal(ranking.indices, rank_gallery(queries, gallery[members], 9).indices)
    assert ranking.indices.shape == (3, 4)


def test_one_query_and_a_gallery_of_one():
    ranking = rank_gallery(features(0, 1, 8), features(1, 1, 2, 8), 50)
    assert ranking.indices.tolist() == [[0]] and ranking.scores.shape == (1, 1)


def test_more_queries_than_fit_at_once(monkeypatch):
    queries, gallery = features(0, 9, 8), features(1, 30, 2, 8)
    watched = np.arange(9)[:, None]
    whole = rank_gallery(queries, gallery, 5, watched=watched)
    monkeypatch.setattr('composed_retrieval.ranking.gallery_ranking._QUERIES_AT_ONCE', 4)
    parts = rank_gallery(queries, gallery, 5, watched=watched)
    assert torch.equal(parts.indices, whole.indices)
    torch.testing.assert_close(parts.watched_scores, whole.watched_scores)


def test_a_file_in_half_precision_gives_the_ranking_of_its_values(tmp_path):
    queries, gallery = features(0, 3, 8), features(1, 300, 2, 8).half()
    np.save(tmp_path / 'gallery.npy', gallery.numpy())
    mapped = np.load(tmp_path / 'gallery.npy', mmap_mode='r')
    ranking = rank_gallery(queries.numpy(), mapped, 10)
    assert torch.equal(ranking.indices, rank_gallery(queries, gallery.float(), 10).indices)


class CountedGallery:
    """Makes pictures when they are asked for, and remembers the most asked for at once."""

    shape, most = (100_000, 32, 4), 0

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, chosen):
        number = chosen.stop - chosen.start
        self.most = max(self.most, number)
        return np.ones((number, *self.shape[1:]), np.float16)


def test_a_hundred_thousand_pictures_are_read_in_bounded_chunks():
    gallery = CountedGallery()
    ranking = rank_gallery(np.ones((2, 4)), gallery, 3, max_bytes=2**20)
    assert gallery.most * 32 * 4 * (2 + 4) <= 2**20  # products and features
    assert ranking.indices.tolist() == [[0, 1, 2]] * 2


@pytest.mark.parametrize(
    ('queries', 'gallery', 'k', 'message'),
    [
        ((2, 8), (3, 2, 9), 1, r'expected queries \(Q, D\) and a gallery \(N, K, D\), found'),
        ((2, 8), (3, 8), 1, r'found \(2, 8\) and \(3, 8\)'),
        ((2, 8), (0, 2, 8), 1, 'expected at least one query, one picture'),
        ((0, 8), (3, 2, 8), 1, 'found 0 queries'),
        ((2, 8), (3, 2, 8), 0, 'k 0'),
    ],
)
def test_what_can_not_be_ranked_is_told(queries, gallery, k, message):
    with pytest.raises(InputValueError, match=message):
        rank_gallery(torch.ones(queries), torch.ones(gallery), k)


def test_features_that_are_not_numbers_are_told():
    gallery = features(1, 30, 2, 8)
    gallery[17, 0, 3] = torch.nan
    with pytest.raises(InputValueError, match='found the score nan for query 0 and picture 17'):
        rank_gallery(features(0, 2, 8), gallery, 3)
