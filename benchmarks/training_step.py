"""A training step against mmyolo's YOLOv8 with 80 classes: same images, boxes and optimiser.

YOLO-World v2 gets 80 texts per image, in another order for every image, from a frozen CLIP text
encoder as large as ViT-B/32; its embeddings come from the cache, as in a training run.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import _paths  # noqa: F401
from _clip import write_clip
from _interleave import in_turns
from _models import SCALES, TEXT_WIDTH, build, yolo_world_config, yolov8_config
from _nano import synthetic_batch

if TYPE_CHECKING:
    from torch import nn

BAR = 1.15  # most that a step may take, relative to YOLOv8-S
YOLOV8 = 'YOLOv8, 80 classes (mmyolo)'
WORLD = 'YOLO-World v2, 80 texts per image'


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--scale', choices=SCALES, default='s')
    parser.add_argument('--size', type=int, default=640, help='side of an image, pixels')
    parser.add_argument('--batch-size', type=int, default=4)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--rounds', type=int, default=9)
    parser.add_argument('--device', help='cpu or cuda; default: cuda if there is one, else cpu')
    return parser.parse_args()


def measure(
    scale: str, size: int, batch_size: int, rounds: int, device: str = 'cpu', **clip: int
) -> dict[str, tuple[float, float]]:
    """Per detector the median seconds of a step and the median ratio to YOLOv8's.

    ``clip`` are widths of the text encoder.
    """
    texts = [f'thing {index}' for index in range(80)]
    with tempfile.TemporaryDirectory() as folder:
        os.environ['MMGROUND_CACHE'] = f'{folder}/cache'
        write_clip(Path(folder, 'clip'), TEXT_WIDTH, **clip)
        encoder = dict(
            type='HuggingCLIPLanguageBackbone',
            model_name=f'{folder}/clip',
            frozen_modules=['all'],
        )
        world = build(yolo_world_config(scale, text_model=encoder))
        batch = synthetic_batch(batch_size, size, texts)
        batch['data_samples']['texts'] = [texts[i:] + texts[:i] for i in range(batch_size)]
        plain = dict(batch, data_samples=dict(batch['data_samples']))
        del plain['data_samples']['texts']
        steps = {
            YOLOV8: step_of(build(yolov8_config(scale)).to(device), plain),
            WORLD: step_of(world.to(device), batch),
        }
        return in_turns(steps, rounds)


def step_of(model: nn.Module, batch: dict) -> Callable[[], object]:
    """A function that does one training step of ``model``."""
    import torch
    from mmengine.optim import OptimWrapper

    model.train()
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    wrapper = OptimWrapper(torch.optim.AdamW(trained, lr=1e-5, weight_decay=0.05))
    if trained[0].device.type == 'cuda':
        return lambda: (model.train_step(batch, wrapper), torch.cuda.synchronize())
    return lambda: model.train_step(batch, wrapper)


def main() -> None:
    args = parse_args()
    import torch

    from vl_runtime.reports.tables import text_table

    torch.set_num_threads(args.threads)
    device = args.device or ('cuda' if torch.cuda.is_available() else 'cpu')
    result = measure(args.scale, args.size, args.batch_size, args.rounds, device)
    print(
        f'scale {args.scale}, {args.batch_size} x {args.size} x {args.size}, {device}, '
        f'{torch.get_num_threads()} threads; bar for scale s: {BAR:.2f}'
    )
    rows = [
        (name, f'{1000 * seconds:.0f} ms', f'{ratio:.3f}')
        for name, (seconds, ratio) in result.items()
    ]
    print(text_table(('training step', 'time', 'to YOLOv8'), rows))


if __name__ == '__main__':
    main()
