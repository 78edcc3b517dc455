"""Reference similarities, losses and gradients; and what the masks of equal targets leave."""

import pytest
import torch

from composed_retrieval.models.layers.process_rows import ProcessRows
from composed_retrieval.models.layers.unit_vectors import best_token_similarity, unit_vectors
from composed_retrieval.models.losses.relative_contrastive_loss import (
    ContrastedPictures,
    alignment_loss,
)


def assert_equal(value, expected):
    torch.testing.assert_close(
        value.detach(), torch.as_tensor(expected), atol=1e-5, rtol=1e-5, check_dtype=False
    )


@pytest.fixture(params=['contrastive_a', 'contrastive_b', 'contrastive_single'])
def arrays(request, golden_case):
    return {key: torch.from_numpy(value) for key, value in golden_case(request.param).items()}


def test_similarity_is_that_of_the_best_token(arrays):
    query, targets = unit_vectors(arrays['in_query_raw']), unit_vectors(arrays['in_target_raw'])
    similarity = best_token_similarity(query, targets)
    assert_equal(similarity, arrays['out_sim'])
    best = similarity.topk(arrays['out_top5_index'].shape[1], dim=1)
    assert best.indices.tolist() == arrays['out_top5_index'].tolist()
    auxiliary = unit_vectors(arrays['in_aux_raw'])
    assert_equal(best_token_similarity(auxiliary, targets), arrays['out_sim_aux'])


def test_losses_and_gradients_equal_the_reference(arrays):
    query = arrays['in_query_raw'].requires_grad_()
    targets = arrays['in_target_raw'].requires_grad_()
    rows = ProcessRows.of(len(query), query.device)  # further targets are only negatives
    pictures = ContrastedPictures(unit_vectors(targets), rows)
    itc = pictures.loss(unit_vectors(query), arrays['in_temp'])
    rtc = pictures.loss(unit_vectors(arrays['in_aux_raw']), arrays['in_temp'])
    align = alignment_loss(arrays['in_sentence_prompt'], arrays['in_prompt_tokens'], rows)
    for name, value in (('itc', itc), ('rtc', rtc), ('align', align)):
        assert_equal(value, arrays[f'out_loss_{name}'])
    total = itc + 0.4 * rtc + 0.4 * align
    assert_equal(total, arrays['out_loss_total'])
    total.backward()
    assert_equal(query.grad, arrays['out_grad_query_raw'])
    assert_equal(targets.grad, arrays['out_grad_target_raw'])


def test_a_pair_with_the_same_target_is_no_negative():
    features = unit_vectors(torch.tensor([[[1.0, 0.0]], [[1.0, 0.0]], [[0.0, 1.0]]]))
    queries = features[:, 0]
    rows = ProcessRows.of(3, queries.device)
    identities = torch.tensor([5, 5, 6])
    loss = ContrastedPictures(features, rows, identities).loss(queries, 1.0)
    # Each of the three queries: its own picture (1) against one other picture (0), or, for the
    # last one, against two rows of the other picture.
    two, three = torch.tensor([1.0, 0.0]), torch.tensor([1.0, 0.0, 0.0])
    expected = -(2 * two.log_softmax(0)[0] + three.log_softmax(0)[0]) / 3
    torch.testing.assert_close(loss, expected)
