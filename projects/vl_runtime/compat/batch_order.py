"""Give a finished ``DataLoader`` another order of batches.

Why: a resumed run has to leave out the batches that it has trained on, without reading their
images, and a loader refuses a new ``batch_sampler``. Building it anew would lose
``batch_size`` and ``sampler``, which hooks read. Until: torch lets a loader start at an
offset.
"""

from __future__ import annotations

from torch.utils.data import DataLoader, Sampler

from vl_runtime.errors import InputValueError


def exchange_batch_sampler(loader: DataLoader, batch_sampler: Sampler) -> None:
    """Let ``loader`` take its batches of indices from ``batch_sampler``.

    Only before the loader is first iterated: an iterator keeps the order it was made with.

    Raises:
        InputValueError: the loader makes no batches (``batch_size=None``) or has started.
    """
    if loader.batch_sampler is None or getattr(loader, '_iterator', None) is not None:
        raise InputValueError(
            'train_dataloader: expected a loader with a batch size that has not started yet; '
            'it cannot be resumed inside an epoch.'
        )
    vars(loader)['batch_sampler'] = batch_sampler
