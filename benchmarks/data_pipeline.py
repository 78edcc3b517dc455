"""Images a second through the YOLOv5 mosaic and mixup pipeline: mmyolo's, and ours with texts.

Both read the same generated pictures and draw the same random numbers, so they make the same
training images (checked); ours also carries the class texts and draws prompts from them.
One process and one thread, as in a loader's worker.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import _paths  # noqa: F401
from _interleave import interleaved

BOXES_PER_IMAGE = 7  # about COCO's mean


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--num-texts', type=int, nargs='+', default=[80, 1203])
    parser.add_argument('--images', type=int, default=16, help='images of one timed round')
    parser.add_argument('--size', type=int, default=640, help='side of a training image, pixels')
    parser.add_argument('--rounds', type=int, default=9)
    return parser.parse_args()


def measure(num_texts: int, num_images: int, size: int, rounds: int) -> tuple[float, float, float]:
    """mmyolo's and our images a second, and ours / mmyolo's.

    Raises:
        RuntimeError: the two pipelines made different training images.
    """
    import cv2
    import numpy as np
    import torch

    cv2.setNumThreads(0)
    with tempfile.TemporaryDirectory() as folder:
        classes = [f'kind of thing {index}' for index in range(num_texts)]
        write_pictures(Path(folder), num_images, size, classes)
        plain, ours = data_sets(Path(folder), classes, size)

        def run(dataset: Any) -> Callable[[], None]:
            def images() -> None:
                for index in range(num_images):
                    item(dataset, index)

            return images

        def item(dataset: Any, index: int) -> dict:
            random.seed(index)
            np.random.seed(index)
            return dataset[index]

        for index in range(num_images):
            if not torch.equal(item(plain, index)['inputs'], item(ours, index)['inputs']):
                raise RuntimeError(f'the two training images {index} differ.')
        seconds_plain, seconds_ours, ratio = interleaved(run(plain), run(ours), rounds)
    return num_images / seconds_plain, num_images / seconds_ours, ratio


def write_pictures(folder: Path, num_images: int, size: int, classes: list[str]) -> None:
    """Pictures of clouds, ``size`` x 3/4 ``size``, and their COCO file ``ann.json``."""
    import cv2
    import numpy as np

    rng = np.random.default_rng(0)
    width, height = size, size * 3 // 4
    images, annotations = [], []
    for index in range(num_images):
        coarse = rng.integers(0, 256, (height // 8, width // 8, 3)).astype(np.uint8)
        cv2.imwrite(str(folder / f'{index}.jpg'), cv2.resize(coarse, (width, height)))
        images.append(dict(id=index, file_name=f'{index}.jpg', width=width, height=height))
        for _ in range(BOXES_PER_IMAGE):
            box_wh = rng.uniform(0.1, 0.5, 2) * (width, height)
            box = [*(rng.uniform(0, 0.5, 2) * (width, height)), *box_wh]
            annotations.append(
                dict(
                    id=len(annotations),
                    image_id=index,
                    category_id=int(rng.integers(len(classes))),
                    bbox=[float(value) for value in box],
                    area=float(box_wh.prod()),
                    iscrowd=0,
                )
            )
    categories = [dict(id=index, name=name) for index, name in enumerate(classes)]
    content = dict(images=images, annotations=annotations, categories=categories)
    (folder / 'ann.json').write_text(json.dumps(content))


def data_sets(folder: Path, classes: list[str], size: int) -> tuple[Any, Any]:
    """mmyolo's data set with its pipeline, and ours around the same data set."""
    from mmengine.registry import DATASETS

    import yolo_world  # noqa: F401

    inner = dict(
        type='mmyolo.YOLOv5CocoDataset',
        data_root=str(folder),
        ann_file='ann.json',
        data_prefix=dict(img=''),
        metainfo=dict(classes=classes),
    )
    plain = dict(inner, pipeline=pipeline(size, 'mmyolo.Mosaic', 'mmyolo.YOLOv5MixUp'))
    steps = pipeline(size, 'MultiModalMosaic', 'YOLOv5MultiModalMixUp')
    steps.insert(-1, dict(type='RandomLoadText', num_neg_samples=(80, 80), max_num_samples=80))
    steps[-1]['meta_keys'] += ('texts',)
    ours = dict(type='MultiModalDataset', dataset=inner, pipeline=steps)
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints
        return DATASETS.build(plain), DATASETS.build(ours)


def pipeline(size: int, mosaic: str, mixup: str) -> list[dict]:
    """YOLOv5's training steps for its larger models."""
    load = [
        dict(type='mmyolo.LoadImageFromFile'),
        dict(type='mmyolo.LoadAnnotations', with_bbox=True),
    ]
    mixed = [
        *load,
        dict(type=mosaic, img_scale=(size, size), pad_val=114.0, pre_transform=load),
        dict(
            type='mmyolo.YOLOv5RandomAffine',
            max_rotate_degree=0.0,
            max_shear_degree=0.0,
            scaling_ratio_range=(0.1, 1.9),
            border=(-size // 2, -size // 2),
            border_val=(114, 114, 114),
        ),
    ]
    return [
        *mixed,
        dict(type=mixup, prob=0.15, pre_transform=mixed),
        dict(type='mmyolo.YOLOv5HSVRandomAug'),
        dict(type='mmdet.RandomFlip', prob=0.5),
        dict(type='mmdet.PackDetInputs', meta_keys=('img_id', 'img_path', 'ori_shape', 'flip')),
    ]


def main() -> None:
    args = parse_args()
    import torch

    from vl_runtime.reports.tables import text_table

    torch.set_num_threads(1)
    rows = []
    for num_texts in args.num_texts:
        plain, ours, ratio = measure(num_texts, args.images, args.size, args.rounds)
        rows.append((str(num_texts), f'{plain:.1f}', f'{ours:.1f}', f'{ratio:.2f}'))
    print(f'mosaic + affine + mixup at {args.size} x {args.size}, images a second')
    print(text_table(('texts', 'mmyolo', 'ours with texts', 'ours / mmyolo'), rows))


if __name__ == '__main__':
    main()
