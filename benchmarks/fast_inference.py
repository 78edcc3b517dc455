"""What makes both sides faster: mmyolo's YOLOv8 and YOLO-World v2 in the same fast modes.

Network time, batch 1, as in ``network_speed.py``: as built; with batch norms fused into their
convolutions (mmcv's ``fuse_conv_bn``); fused and channels-last; fused, channels-last and
``torch.compile``. YOLO-World's 80 texts come with the image.
"""

from __future__ import annotations

import argparse
import copy
from collections.abc import Callable
from itertools import chain
from typing import TYPE_CHECKING

import _paths  # noqa: F401
from _interleave import in_turns
from _models import SCALES, build, network, text_features, yolo_world_config, yolov8_config

if TYPE_CHECKING:
    from torch import nn

AS_BUILT = 'as built'


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--scale', choices=SCALES, default='s')
    parser.add_argument('--size', type=int, default=640, help='side of the image, pixels')
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--rounds', type=int, default=15)
    parser.add_argument(
        '--compile', action='store_true', help='also torch.compile; takes minutes and a compiler'
    )
    return parser.parse_args()


def measure(
    scale: str, size: int, rounds: int, with_compile: bool
) -> tuple[dict[str, tuple[float, float]], dict[str, tuple[float, float]]]:
    """YOLOv8's and YOLO-World's modes: median seconds, and median ratio to ``as built``."""
    yolov8 = build(yolov8_config(scale)).eval()
    world = build(yolo_world_config(scale)).eval()
    return (
        in_turns(modes(yolov8, size, None, with_compile), rounds),
        in_turns(modes(world, size, 80, with_compile), rounds),
    )


def modes(
    model: nn.Module, size: int, num_texts: int | None, with_compile: bool
) -> dict[str, Callable[[], object]]:
    """Functions that run the network, one per mode.

    Raises:
        RuntimeError: a mode's outputs differ.
    """
    import torch
    from mmcv.cnn import fuse_conv_bn

    image = torch.rand(1, 3, size, size)
    texts = None if num_texts is None else text_features(num_texts)
    fused = fuse_conv_bn(copy.deepcopy(model))
    last = copy.deepcopy(fused).to(memory_format=torch.channels_last)
    image_last = image.to(memory_format=torch.channels_last)
    found = {
        AS_BUILT: network(model, image, texts),
        'fused': network(fused, image, texts),
        'fused, channels-last': network(last, image_last, texts),
    }
    if with_compile:
        found['fused, channels-last, compiled'] = torch.compile(network(last, image_last, texts))
    expected = found[AS_BUILT]()
    for name, run in found.items():
        for a, b in zip(chain(*expected), chain(*run()), strict=True):
            if not torch.allclose(a, b, rtol=1e-3, atol=1e-3):
                raise RuntimeError(f'{name}: the outputs differ.')
    return found


def main() -> None:
    args = parse_args()
    import torch

    from vl_runtime.reports.tables import text_table

    torch.set_num_threads(args.threads)
    yolov8, world = measure(args.scale, args.size, args.rounds, args.compile)
    rows = [
        (
            name,
            *(f'{1000 * side[name][0]:.1f} ms, {side[name][1]:.2f}' for side in (yolov8, world)),
        )
        for name in yolov8
    ]
    print(
        f'scale {args.scale}, {args.size} x {args.size}, batch 1, cpu, '
        f'{torch.get_num_threads()} threads; time, and ratio to the first row'
    )
    print(text_table(('network', 'YOLOv8 (mmyolo)', 'YOLO-World v2, 80 texts'), rows))


if __name__ == '__main__':
    main()
