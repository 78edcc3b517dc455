"""From logits to detections: mmyolo's ``YOLOv8Head.predict_by_feat`` and ours, same results.

Two cases of one image: ``usual``, where the scores of few pairs of prior and class pass the
threshold of 0.001, and ``saturated``, where those of all do.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

import _paths  # noqa: F401
from _interleave import interleaved

if TYPE_CHECKING:
    from torch import Tensor

# Mean of the normally distributed logits. -11: 1 pair of 300 passes.
CASES = {'usual': -11.0, 'saturated': 0.0}
DEVIATION = 1.5


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--num-classes', type=int, default=1203)
    parser.add_argument(
        '--size', type=int, default=640, help='side of the image: 640 = 8400 priors'
    )
    parser.add_argument('--rounds', type=int, default=7)
    return parser.parse_args()


def measure(
    case: str, num_classes: int, image_size: int, rounds: int
) -> tuple[float, float, float, int]:
    """Seconds of mmyolo's, seconds of ours, mmyolo's / ours, and the number of detections.

    Raises:
        RuntimeError: the detections differ.
    """
    theirs, ours = heads(num_classes, image_size, CASES[case])
    expected, found = sorted_rows(theirs()), sorted_rows(ours())
    if expected.shape != found.shape or not expected.isclose(found, rtol=1e-5, atol=1e-3).all():
        raise RuntimeError(f'{case}: the detections differ.')
    return (*interleaved(theirs, ours, rounds), len(found))


def heads(
    num_classes: int, image_size: int, mean: float
) -> tuple[Callable[[], list], Callable[[], list]]:
    """mmyolo's and our post-processing of the same random output of a network."""
    import torch
    from mmengine.config import ConfigDict
    from mmengine.registry import MODELS

    import yolo_world  # noqa: F401

    settings = ConfigDict(
        multi_label=True,
        nms_pre=30000,
        score_thr=0.001,
        nms=dict(type='nms', iou_threshold=0.7),
        max_per_img=300,
    )
    module = dict(num_classes=num_classes, in_channels=[256, 512, 1024], widen_factor=0.25)
    theirs = dict(type='mmyolo.YOLOv8HeadModule', **module)
    ours = dict(type='YOLOWorldHeadModule', embed_dims=8, use_bn_head=True, **module)
    generator = torch.Generator().manual_seed(0)
    scores, distances = [], []
    for stride in (8, 16, 32):
        side = image_size // stride
        noise = torch.randn(1, num_classes, side, side, generator=generator)
        scores.append(mean + DEVIATION * noise)
        distances.append(6 * torch.rand(1, 4, side, side, generator=generator))
    meta = dict(ori_shape=(image_size, image_size), scale_factor=(1.0, 1.0))

    def run(head: dict) -> Callable[[], list]:
        built = MODELS.build(dict(head, test_cfg=settings))
        return lambda: built.predict_by_feat(scores, distances, batch_img_metas=[meta])

    with torch.no_grad():
        return (
            run(dict(type='mmyolo.YOLOv8Head', head_module=theirs)),
            run(dict(type='YOLOWorldHead', head_module=ours)),
        )


def sorted_rows(results: list) -> Tensor:
    """Rows (N, 6) of score, class and box, best first, equal scores by class and box."""
    import torch

    (result,) = results
    columns = (result.scores[:, None], result.labels[:, None].float(), result.bboxes)
    rows = torch.cat(columns, dim=1).tolist()
    return torch.tensor(sorted(rows, key=lambda row: (-row[0], *row[1:]))).reshape(-1, 6)


def main() -> None:
    args = parse_args()
    from vl_runtime.reports.tables import text_table

    rows = []
    for case in CASES:
        theirs, ours, ratio, count = measure(case, args.num_classes, args.size, args.rounds)
        times = (f'{1000 * theirs:.0f} ms', f'{1000 * ours:.0f} ms', f'{ratio:.2f}')
        rows.append((case, *times, str(count)))
    print(f'{args.num_classes} classes, image of {args.size} x {args.size}, equal detections')
    print(text_table(('logits', 'mmyolo', 'ours', 'mmyolo / ours', 'detections'), rows))


if __name__ == '__main__':
    main()
