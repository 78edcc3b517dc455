"""Start a retrieval model from released weights."""

from __future__ import annotations

from mmengine.logging import print_log
from torch import nn

from composed_retrieval.weights import check_backbone, read_weights
from vl_runtime.checkpoints import compare, fill
from vl_runtime.errors import InputValueError

# Only SPRC and we have them; with BLIP-2's weights they start at random.
_OWN_PARTS = ('temp', 'prompt_tokens', 'region_loss.', 'box_attention.')


def load_pretrained(model: nn.Module, source: str) -> None:
    """Fill ``model`` with the weights of ``source`` and log what did not meet.

    Raises:
        InputFileNotFoundError, InputValueError: see ``read_weights`` and ``check_backbone``;
            or a weight of BLIP-2 is missing.
    """
    weights = read_weights(source)
    check_backbone(model.state_dict(), weights.state_dict, source)
    report = compare(model, weights.state_dict)
    missing = [key for key in report.missing if not key.startswith(_OWN_PARTS)]
    if missing:
        raise InputValueError(
            f'{source}: expected all weights of BLIP-2, found {len(missing)} missing, first: '
            f'{missing[0]}.'
        )
    fill(model, weights.state_dict)
    for line in (f'{source}: {report.summary()}.', *weights.lines()):
        print_log(line, logger='current')
