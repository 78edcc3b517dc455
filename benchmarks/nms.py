"""``mmcv.ops.nms`` as this project serves it (mmcv-lite has no compiled one) and torchvision's.

The same boxes are kept (checked); the ratio is the cost of going through mmcv's interface.
"""

from __future__ import annotations

import argparse

import _paths  # noqa: F401
from _interleave import interleaved

IOU_THRESHOLD = 0.7


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--num-boxes', type=int, nargs='+', default=[1000, 5000])
    parser.add_argument('--rounds', type=int, default=51)
    return parser.parse_args()


def measure(num_boxes: int, rounds: int) -> tuple[float, float, float]:
    """Seconds of torchvision's, seconds of mmcv's, and mmcv's / torchvision's.

    Raises:
        RuntimeError: they keep different boxes.
    """
    import torch
    from torchvision.ops import nms as torchvision_nms

    from vl_runtime import compat

    compat.install()
    from mmcv.ops import nms as mmcv_nms

    generator = torch.Generator().manual_seed(0)
    low = torch.rand(num_boxes, 2, generator=generator) * 600
    boxes = torch.cat([low, low + 20 + 80 * torch.rand(num_boxes, 2, generator=generator)], dim=1)
    scores = torch.rand(num_boxes, generator=generator)

    def served() -> torch.Tensor:
        return mmcv_nms(boxes, scores, IOU_THRESHOLD)[1]

    def plain() -> torch.Tensor:
        return torchvision_nms(boxes, scores, IOU_THRESHOLD)

    if not torch.equal(served(), plain()):
        raise RuntimeError(f'{num_boxes} boxes: different boxes are kept.')
    seconds_served, seconds_plain, ratio = interleaved(served, plain, rounds)
    return seconds_plain, seconds_served, ratio


def main() -> None:
    args = parse_args()
    from vl_runtime.reports.tables import text_table

    rows = []
    for num_boxes in args.num_boxes:
        plain, served, ratio = measure(num_boxes, args.rounds)
        rows.append(
            (str(num_boxes), f'{1000 * plain:.2f} ms', f'{1000 * served:.2f} ms', f'{ratio:.2f}')
        )
    print(f'suppression of boxes that overlap more than {IOU_THRESHOLD}')
    print(text_table(('boxes', 'torchvision', 'mmcv.ops', 'mmcv.ops / torchvision'), rows))


if __name__ == '__main__':
    main()
