"""Out of memory as one line that names the knobs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from vl_runtime.errors import InputValueError, is_out_of_memory

_TRAINING = (
    'train_dataloader.batch_size (with optim_wrapper.accumulative_counts), max_pixels, '
    'max_answer_tokens, model.gradient_checkpointing=True, model.model.dtype=bfloat16, '
    'model.quantization, or fewer lora.parts'
)
_PREDICTION = (
    'model.decode.batch_size, model.decode.max_new_tokens, max_pixels, model.model.dtype=bfloat16'
)


@contextlib.contextmanager
def memory_errors(mode: str) -> Iterator[None]:
    """Explain a full memory inside the block.

    Args:
        mode: 'loss' or 'predict'.

    Raises:
        InputValueError: instead of torch's error.
    """
    try:
        yield
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        knobs = _TRAINING if mode == 'loss' else _PREDICTION
        what = 'training' if mode == 'loss' else 'prediction'
        raise InputValueError(f'out of memory in {what}: change {knobs}.') from error
