"""Training batches of conversations."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmengine.registry import FUNCTIONS

from vl_runtime.errors import InputValueError
from vlm_detector.families.batching import batch_conversations


@FUNCTIONS.register_module()
def vlm_train_collate(data_batch: Sequence[dict]) -> dict:
    """Batch items of ``PackConversation``; pictures may have any size.

    Returns:
        ``inputs``: the tensors of ``batch_conversations`` and ``coordinate_flags`` (N,) bool,
        one for each labelled token in row-major order; ``data_samples``: a list.

    Raises:
        InputValueError: an item without an answer (a test pipeline).
    """
    items = [item['inputs'] for item in data_batch]
    for index, item in enumerate(items):
        if 'answer_ids' not in item:
            path = data_batch[index]['data_samples'].metainfo.get('img_path')
            raise InputValueError(
                f'batch: expected an answer in every item, found none at index {index} ({path}); '
                'training pipelines need BuildConversation before PackConversation.'
            )
    batch = batch_conversations(items, side='right', **items[0]['padding'])
    flags = [flag for item in items for flag in item['coordinate_flags']]
    batch['coordinate_flags'] = torch.tensor(flags, dtype=torch.bool)
    return {'inputs': batch, 'data_samples': [item['data_samples'] for item in data_batch]}
