"""Start values in which neighbours are alike."""

import torch
from torch.nn.functional import cosine_similarity
from transformers import AutoModelForImageTextToText, AutoTokenizer

from vlm_detector.families.tiny.smooth_tables import set_rows, smooth_rows, square_table


def test_rows_are_alike_as_far_as_the_length_goes():
    torch.manual_seed(0)
    rows = smooth_rows(100, 4000, std=0.5, length=0.1)
    assert abs(rows.std().item() - 0.5) < 0.02
    # The cosine waves of normal frequencies are alike by exp(-d^2 / 2).
    likeness = cosine_similarity(rows[:1], rows[[1, 10, 20, 50]])
    distances = torch.tensor([1.0, 10, 20, 50]) / 99 / 0.1
    torch.testing.assert_close(likeness, torch.exp(-(distances**2) / 2), atol=0.05, rtol=0)


def test_a_square_table_tells_row_and_column():
    table = square_table(3, 4, 1.0, 0.3).reshape(3, 3, 4)
    assert (table[:, 0] == table[:, 2]).tolist() == [[True, True, False, False]] * 3
    assert (table[0] == table[2]).tolist() == [[False, False, True, True]] * 3


def test_only_the_named_rows_change():
    table = torch.nn.Embedding(4, 2)
    before = table.weight.detach().clone()
    set_rows(table, [1, 3], torch.full((2, 2), 9.0))
    assert table.weight[[1, 3]].eq(9).all() and table.weight[[0, 2]].equal(before[[0, 2]])


def test_the_numbers_of_a_tiny_model_start_in_their_order(tiny_folder):
    for family, tokens in (
        ('qwen3_vl', ['4', '5', '9']),
        ('qwen2_5_vl', ['4', '5', '9']),
        ('florence2', ['<loc_400>', '<loc_401>', '<loc_900>']),
    ):
        folder = tiny_folder(family)
        ids = AutoTokenizer.from_pretrained(folder).convert_tokens_to_ids(tokens)
        model = AutoModelForImageTextToText.from_pretrained(folder)
        one, near, far = model.get_input_embeddings().weight[ids].detach()
        assert cosine_similarity(one, near, dim=0) > 0.85 > 0.4 > cosine_similarity(one, far, dim=0)
