"""Models with learnt positions can't read beyond the end of their table."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from vl_runtime.errors import InputValueError


def check_positions(model: nn.Module, inputs: Mapping[str, Tensor]) -> None:
    """Raise InputValueError for a batch that an encoder-decoder model has no positions for.

    Args:
        model: transformers' model.
        inputs: of ``vlm_train_collate``.
    """
    if 'decoder_input_ids' not in inputs:
        return
    room = model.config.get_text_config().max_position_embeddings
    for key, what, way_out in (
        ('decoder_input_ids', 'answer', 'max_answer_tokens of BuildConversation'),
        ('input_ids', 'prompt', 'fewer or shorter class texts'),
    ):
        found = inputs[key].shape[1]
        if found > room:
            raise InputValueError(
                f'batch: expected at most {room} tokens of {what} and picture, which is what the '
                f'model has positions for, found {found}; way out: {way_out}.'
            )
