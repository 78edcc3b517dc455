"""Prompt embeddings from a folder of pictures or from annotated boxes, and their file.

Letters: n prompts, D embedding width.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.logging import print_log
from torch import Tensor
from torch.nn import functional as F

from vl_runtime.atomic_files import atomic_path, write_json
from vl_runtime.data_checks import check_coco, read_json
from vl_runtime.errors import InputValueError
from vl_runtime.image_encoders.clip_image_encoder import ClipImageEncoder
from vl_runtime.image_files import list_images, read_image
from vl_runtime.text_encoders import HuggingCLIPLanguageBackbone
from vl_runtime.torch_device import torch_device

BACKGROUND = ' '
Progress = Callable[[Iterable], Iterable]


@dataclass(frozen=True)
class ImagePrompts:
    """Names of n prompts and their unit vectors (n, D)."""

    names: list[str]
    feats: Tensor


def prompts_from_images(
    encoder: ClipImageEncoder, folder: str | Path, progress: Progress = iter
) -> ImagePrompts:
    """One prompt per picture of ``folder``, in the natural order of file names (2 before 10).

    A prompt is named like its file without the suffix, or with it where two names are equal.

    Raises:
        InputFileNotFoundError, InputValueError: no folder, no picture, or a broken one.
    """
    paths = list_images(folder)
    count = Counter(path.stem for path in paths)
    names = [path.stem if count[path.stem] == 1 else path.name for path in paths]
    # One at a time: a folder of photographs doesn't fit into memory.
    feats = torch.cat([encoder.encode([read_image(path)]) for path in progress(paths)])
    return ImagePrompts(names, feats)


def prompts_from_boxes(
    encoder: ClipImageEncoder,
    folder: str | Path,
    annotation_file: str | Path,
    progress: Progress = iter,
) -> ImagePrompts:
    """One prompt per category: the mean of the embeddings of its annotated boxes.

    Crowd boxes are left out, and boxes without a pixel inside their picture are counted in
    one line of the log.

    Args:
        folder: where the ``file_name`` of an image starts.
        annotation_file: COCO-style JSON.

    Raises:
        InputFileNotFoundError: the file or a picture is not there.
        InputValueError: the file is broken (see ``check_coco``), or a category has no box.
    """
    content = read_json(annotation_file)
    check_coco(content, annotation_file)
    names = {item['id']: str(item['name']) for item in content['categories']}
    sums = {number: torch.zeros(encoder.embed_dims) for number in names}
    boxes_of: dict[Any, list[dict]] = {image['id']: [] for image in content['images']}
    for item in content['annotations']:
        if not item.get('iscrowd'):
            boxes_of[item['image_id']].append(item)
    num_empty = 0
    for image in progress(content['images']):
        items = boxes_of[image['id']]
        if not items:
            continue
        picture = read_image(Path(folder) / image['file_name'])
        crops = [(item['category_id'], _crop(picture, item['bbox'])) for item in items]
        filled = [(number, crop) for number, crop in crops if crop.size]
        num_empty += len(crops) - len(filled)
        for (number, _), feat in zip(filled, encoder.encode([crop for _, crop in filled])):
            sums[number] += feat
    if num_empty:
        message = f'{annotation_file}: {num_empty} boxes without a pixel in their picture left out'
        print_log(message, logger='current', level=logging.WARNING)
    for number, total in sums.items():
        if not total.any():
            raise InputValueError(
                f'{annotation_file}: category {names[number]!r} has no box to make a prompt of; '
                'annotate one or remove the category.'
            )
    feats = F.normalize(torch.stack(list(sums.values())), dim=-1)
    return ImagePrompts(list(names.values()), feats)


def write_prompts(path: str | Path, prompts: ImagePrompts) -> Path:
    """Write ``path`` (``.npy``, float32 (n, D)) and beside it the names as ``.json``.

    Returns:
        The path of the names: a list of n strings.

    Raises:
        InputValueError: the name doesn't end in ``.npy``.
        InputPermissionError: the folder can't be written.
    """
    path = checked_npy_path(path)
    with atomic_path(path) as temporary, temporary.open('wb') as file:
        np.save(file, prompts.feats.numpy().astype(np.float32))
    names_path = path.with_suffix('.json')
    write_json(names_path, prompts.names)
    return names_path


def _crop(picture: np.ndarray, box_xywh: list[float]) -> np.ndarray:
    """The pixels that a box touches."""
    x, y, width, height = box_xywh
    left, top = max(0, int(np.floor(x))), max(0, int(np.floor(y)))
    right, bottom = max(0, int(np.ceil(x + width))), max(0, int(np.ceil(y + height)))
    return picture[top:bottom, left:right]


def generate_image_prompts(
    model_name: str,
    image_dir: str | Path,
    out_file: str | Path,
    *,
    boxes: str | Path | None = None,
    device: str = 'auto',
    progress: Progress = iter,
) -> tuple[Path, ImagePrompts]:
    """Embed pictures or annotated boxes, add the background text ``' '``, and write both.

    Args:
        model_name: a whole CLIP model: its image tower, text tower and tokenizer are used.
        image_dir: the pictures.
        out_file: ``.npy``; see ``write_prompts``.
        boxes: COCO-style annotations of the pictures: one averaged prompt per category.
        device: ``'auto'``, or as torch names it.

    Returns:
        ``out_file`` and what was written, the background in the last row.

    Raises:
        InputFileNotFoundError, InputValueError: a file is missing, broken or of no use.
    """
    out_file = checked_npy_path(out_file)
    where = torch_device(device)
    encoder = ClipImageEncoder(model_name, device=str(where))
    background = HuggingCLIPLanguageBackbone(model_name, ['all']).to(where)([[BACKGROUND]])[0]
    if boxes is None:
        prompts = prompts_from_images(encoder, image_dir, progress)
    else:
        prompts = prompts_from_boxes(encoder, image_dir, boxes, progress)
    feats = torch.cat([prompts.feats, background[0].cpu()])
    prompts = ImagePrompts([*prompts.names, BACKGROUND], feats)
    write_prompts(out_file, prompts)
    return out_file, prompts


def checked_npy_path(path: str | Path) -> Path:
    """``path``, which ends in ``.npy`` and is no folder.

    Raises:
        InputValueError: it isn't so.
    """
    path = Path(path)
    if path.suffix != '.npy' or path.is_dir():
        raise InputValueError(f'{path}: expected a file name that ends in .npy.')
    return path
