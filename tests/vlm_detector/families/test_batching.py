"""Conversations as the arguments of one model call."""

import pytest
import torch

from vl_runtime.errors import InputValueError
from vlm_detector.families import ImageInput, batch_conversations
from vlm_detector.families.batching import labelled_positions, require_token_types

IMAGE = 9


def patches(count, value=1.0):
    return ImageInput(
        pixel_values=torch.full((4 * count, 6), value),
        grid_thw=torch.tensor([[1, 2, 2 * count]]),
        num_tokens=count,
        token_id=IMAGE,
        image_size_wh=(8, 8),
        model_size_wh=(8, 8),
    )


def test_rows_are_filled_on_the_asked_side():
    items = [
        {'image': patches(1), 'prompt_ids': [5, IMAGE, 6], 'answer_ids': [7, 2]},
        {'image': patches(2), 'prompt_ids': [IMAGE, IMAGE], 'answer_ids': [8]},
    ]
    left = batch_conversations(items, pad_token_id=0, side='left')
    assert left['input_ids'].tolist() == [[5, 9, 6, 7, 2], [0, 0, 9, 9, 8]]
    assert left['labels'].tolist() == [[-100] * 3 + [7, 2], [-100] * 4 + [8]]
    assert left['mm_token_type_ids'].tolist() == [[0, 1, 0, 0, 0], [0, 0, 1, 1, 0]]
    assert left['pixel_values'].shape == (12, 6)
    assert left['image_grid_thw'].tolist() == [[1, 2, 2], [1, 2, 4]]
    right = batch_conversations(items, pad_token_id=0, side='right')
    assert right['input_ids'].tolist()[1] == [9, 9, 8, 0, 0]
    assert right['attention_mask'].tolist()[1] == [1, 1, 1, 0, 0]
    positions, targets = labelled_positions(right)
    assert positions.nonzero().tolist() == [[0, 2], [0, 3], [1, 1]]  # one before each label
    assert targets.tolist() == [7, 2, 8]


def test_a_conversation_without_a_picture_has_text_types():
    items = [
        {'image': patches(1), 'prompt_ids': [IMAGE]},
        {'image': None, 'prompt_ids': [4, 5]},
    ]
    batch = batch_conversations(items, pad_token_id=0, side='left')
    assert 'labels' not in batch
    assert batch['mm_token_type_ids'].tolist() == [[0, 1], [0, 0]]
    alone = batch_conversations(items[1:], pad_token_id=0, side='left')
    assert set(alone) == {'input_ids', 'attention_mask'}


def test_the_decoder_reads_its_prefix_and_the_answer_shifted():
    items = [{'image': None, 'prompt_ids': [5], 'answer_ids': ids} for ids in ([7, 8, 2], [2])]
    batch = batch_conversations(items, pad_token_id=1, side='right', decoder_prefix_ids=(2, 0))
    assert batch['decoder_input_ids'].tolist() == [[2, 0, 7, 8], [2, 0, 1, 1]]
    assert batch['labels'].tolist() == [[-100, 7, 8, 2], [-100, 2, -100, -100]]
    assert batch['decoder_attention_mask'].tolist() == [[1, 1, 1, 1], [1, 1, 0, 0]]


def test_patches_without_token_types_are_refused():
    grid = {'image_grid_thw': torch.ones(1, 3)}
    with pytest.raises(InputValueError, match=r'expected mm_token_type_ids beside image_grid_thw'):
        require_token_types(grid)
    require_token_types({**grid, 'mm_token_type_ids': torch.zeros(1, 3)})


@pytest.mark.parametrize(
    ('items', 'side', 'message'),
    [
        ([{'prompt_ids': [1]}], 'top', r"side: expected 'left' or 'right', found 'top'"),
        ([], 'left', r'expected one conversation or more, found none'),
        (
            [{'prompt_ids': [1], 'answer_ids': [2]}, {'prompt_ids': [1]}],
            'left',
            r'an answer in all 2 conversations or in none, found 1; .* index 1',
        ),
        (
            [{'prompt_ids': [IMAGE], 'image': patches(2)}],
            'left',
            r'conversation 0: expected 2 picture tokens in the prompt, found 1',
        ),
    ],
)
def test_what_makes_no_batch_is_refused(items, side, message):
    with pytest.raises(InputValueError, match=message):
        batch_conversations(items, pad_token_id=0, side=side)
