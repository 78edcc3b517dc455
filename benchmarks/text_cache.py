"""What the embedding cache saves: the frozen sentence encoder at every step, and the cache.

1. encoding 16 texts;
2. a training step of the nano model with these texts, the time of the encoder included.
"""

from __future__ import annotations

import argparse
import copy
import os
import tempfile
from typing import Any

import _paths  # noqa: F401
from _interleave import interleaved
from _nano import nano_model, synthetic_batch


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--num-texts', type=int, default=16)
    parser.add_argument('--batch-size', type=int, default=16)
    parser.add_argument('--size', type=int, default=160, help='side of an image, pixels')
    parser.add_argument('--rounds', type=int, default=15)
    return parser.parse_args()


def measure_encoding(num_texts: int, rounds: int) -> tuple[float, float, float]:
    """Seconds to encode without and with the cache, and without / with."""
    encoder = nano_model().backbone.text_model
    bypassing = without_cache(encoder)
    texts = [some_texts(num_texts)]
    return interleaved(lambda: bypassing(texts), lambda: encoder(texts), rounds)


def measure_step(
    num_texts: int, batch_size: int, image_size: int, rounds: int
) -> tuple[float, float, float]:
    """Seconds of a training step without and with the cache, and without / with.

    Every image has the texts in an order of its own, as in training. The encoder reads each
    text of the batch once.
    """
    cached = nano_model()
    bypassing = copy.deepcopy(cached)
    bypassing.backbone.text_model = without_cache(bypassing.backbone.text_model)
    texts = some_texts(num_texts)
    batch = synthetic_batch(batch_size, image_size, texts)
    batch['data_samples']['texts'] = [
        texts[index % num_texts :] + texts[: index % num_texts] for index in range(batch_size)
    ]
    return interleaved(step_of(bypassing, batch), step_of(cached, batch), rounds)


def without_cache(encoder: Any) -> Any:
    """A copy with the same frozen weights that encodes whenever it is asked."""
    encoder = copy.deepcopy(encoder)
    encoder.fully_frozen = False
    return encoder


def step_of(model: Any, batch: dict) -> Any:
    """A function that does one training step of ``model``."""
    import torch
    from mmengine.optim import OptimWrapper

    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    wrapper = OptimWrapper(torch.optim.AdamW(trained, lr=1e-4))
    return lambda: model.train_step(batch, wrapper)


def some_texts(count: int) -> list[str]:
    """Different short phrases."""
    return [f'a {colour} {noun}' for noun in range(count) for colour in ('red', 'blue')][:count]


def main() -> None:
    args = parse_args()
    from vl_runtime.reports.tables import text_table

    with tempfile.TemporaryDirectory() as folder:
        os.environ['MMGROUND_CACHE'] = folder
        encoding = measure_encoding(args.num_texts, args.rounds)
        step = measure_step(args.num_texts, args.batch_size, args.size, args.rounds)
    rows = [
        (name, f'{1000 * without:.2f} ms', f'{1000 * with_cache:.2f} ms', f'{ratio:.2f}')
        for name, (without, with_cache, ratio) in (
            (f'encode {args.num_texts} texts', encoding),
            (f'step, {args.batch_size} x {args.size} x {args.size}', step),
        )
    ]
    print('frozen sentence encoder: encoding every time, and the cache')
    print(text_table(('', 'encoder', 'cache', 'encoder / cache'), rows))


if __name__ == '__main__':
    main()
