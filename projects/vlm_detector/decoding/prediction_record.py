"""One picture's line of a predictions file, from a data sample and back to one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from mmengine.structures import InstanceData

from vl_runtime.errors import InputValueError
from vl_runtime.mask_rle import masks_to_rle, rle_to_masks

if TYPE_CHECKING:
    from mmdet.structures import DetDataSample

# What names a sample besides its picture, and what was expected of it, where there is such.
_TASK_KEYS = ('task', 'phrase_label', 'gt_answer')
_KEYS = {
    'img_id': (int, str),
    'image': str,
    'original_size_wh': list,
    'image_size_wh': list,
    'model_size_wh': list,
    'prompts': list,
    'answers': list,
    'finished': list,
    'boxes_xyxy': list,
    'scores': list,
    'labels': list,
    'parse_status': str,
    'counters': dict,
}


def record_of(sample: DetDataSample) -> dict[str, Any]:
    """What a predictions file says about a sample that ``add_detections`` has filled.

    Sizes are (W, H) in pixels: of the file, of the picture in the conversation, of what the
    model saw. Boxes are xyxy in pixels of the file, masks run-length codes.
    """
    meta, found = sample.metainfo, sample.pred_instances
    record = {
        'img_id': meta['img_id'],
        'image': str(meta.get('img_path', '')),
        'original_size_wh': _size_wh(meta['ori_shape']),
        'image_size_wh': _size_wh(meta['img_shape']),
        'model_size_wh': [int(side) for side in meta['model_size_wh']],
        'prompts': list(meta['prompts']),
        'answers': list(sample.answers),
        'finished': list(sample.finished),
        'boxes_xyxy': found.bboxes.tolist(),
        'scores': found.scores.tolist(),
        'labels': found.labels.tolist(),
        'parse_status': sample.parse_status,
        'counters': dict(sample.counters),
        **{key: meta[key] for key in _TASK_KEYS if meta.get(key) is not None},
    }
    if 'masks' in found:
        record['masks'] = masks_to_rle(found.masks.cpu().numpy())
    return record


def sample_key(values: Mapping[str, Any]) -> tuple:
    """Names a sample among those of a data set: picture, task, phrase.

    Args:
        values: a record, or an entry of a data set.
    """
    return values['img_id'], values.get('task') or 'detection', values.get('phrase_label')


def sample_of(record: Mapping[str, Any]) -> DetDataSample:
    """The data sample that metrics take, with the fields of ``add_detections``."""
    from mmdet.structures import DetDataSample

    width, height = record['original_size_wh']
    image_width, image_height = record['image_size_wh']
    sample = DetDataSample(
        metainfo={
            'img_id': record['img_id'],
            'img_path': record['image'],
            'ori_shape': (height, width),
            'img_shape': (image_height, image_width),
            'model_size_wh': tuple(record['model_size_wh']),
            'prompts': tuple(record['prompts']),
            **{key: record[key] for key in _TASK_KEYS if key in record},
        }
    )
    sample.pred_instances = InstanceData(
        bboxes=torch.tensor(record['boxes_xyxy'], dtype=torch.float32).reshape(-1, 4),
        scores=torch.tensor(record['scores'], dtype=torch.float32),
        labels=torch.tensor(record['labels'], dtype=torch.int64),
    )
    if 'masks' in record:
        masks = rle_to_masks(record['masks'], (width, height))
        sample.pred_instances.masks = torch.from_numpy(masks)
    sample.answers = tuple(record['answers'])
    sample.answer = '\n'.join(record['answers'])
    sample.finished = tuple(record['finished'])
    sample.parse_status = record['parse_status']
    sample.truncated = not all(record['finished'])
    sample.counters = dict(record['counters'])
    return sample


def check_record(record: Any, where: str) -> None:
    """Raise InputValueError unless this is a line that ``record_of`` could have made.

    Args:
        record: the content of the line.
        where: file and line, for the message.
    """
    if not isinstance(record, dict):
        raise InputValueError(f'{where}: expected a JSON object, found {str(record)[:40]!r}.')
    for key, kind in _KEYS.items():
        if key not in record:
            raise InputValueError(f'{where}: expected the key {key!r}, found {sorted(record)}.')
        if not isinstance(record[key], kind):
            raise InputValueError(
                f'{where}: {key}: expected {_kind_name(kind)}, found {record[key]!r:.40}.'
            )
    lengths = [len(record[key]) for key in ('boxes_xyxy', 'scores', 'labels')]
    if len(set(lengths)) > 1:
        raise InputValueError(
            f'{where}: expected as many scores and labels as boxes ({lengths[0]}), found '
            f'{lengths[1]} and {lengths[2]}.'
        )
    if any(len(box) != 4 for box in record['boxes_xyxy']) or not _finite(record):
        raise InputValueError(f'{where}: expected boxes of four finite numbers each.')


def _finite(record: Mapping[str, Any]) -> bool:
    values = [*np.ravel(record['boxes_xyxy']).tolist(), *record['scores'], *record['labels']]
    return all(isinstance(value, int | float) and abs(value) < 1e9 for value in values)


def _kind_name(kind: type | tuple[type, ...]) -> str:
    names = {str: 'a text', int: 'a number', list: 'a list', dict: 'an object'}
    return ' or '.join(names[one] for one in (kind if isinstance(kind, tuple) else (kind,)))


def _size_wh(shape: Any) -> list[int]:
    return [int(shape[1]), int(shape[0])]
