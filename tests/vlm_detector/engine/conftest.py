"""A recipe that trains a tiny Qwen3-VL with LoRA on twelve pictures in seconds."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

_RECIPE = """
_base_ = ['{repository}/configs/_base_/vlm_runtime.py']
encoder = dict(family='{family}', source='{model}')
load = [
    dict(type='LoadImageFromFile'),
    dict(type='mmdet.LoadAnnotations', with_bbox=True),
]
end = [dict(type='LoadText'), dict(type='BuildConversation', encoder=encoder)]
pack = dict(type='PackConversation', encoder=encoder)
model = dict(
    type='VLMDetector',
    family='{family}',
    model=dict(source='{model}'),
    lora=dict(rank=4, dropout=0.2),
    decode=dict(type='BatchedGreedyEngine', max_new_tokens=12, batch_size=4),
)
data = dict(
    type='MultiModalDataset',
    dataset=dict(
        type='mmdet.CocoDataset',
        data_root='{data}/',
        ann_file='annotations.json',
        data_prefix=dict(img='images/'),
        metainfo=dict(classes=('red square', 'noise')),
        filter_cfg=dict(filter_empty_gt=False),
    ),
    class_text_path='{data}/texts.json',
)
train_dataloader = dict(
    batch_size=2,
    num_workers=0,
    sampler=dict(type='mmengine.DefaultSampler', shuffle=True),
    collate_fn=dict(type='vlm_train_collate'),
    dataset=dict(
        data, pipeline=[*load, dict(type='mmdet.RandomFlip', prob=0.5), *end, pack]
    ),
)
val_dataloader = dict(
    batch_size=2,
    num_workers=0,
    sampler=dict(type='mmengine.DefaultSampler', shuffle=False),
    collate_fn=dict(type='mmengine.pseudo_collate'),
    dataset=dict(
        dict(data, dataset=dict(data['dataset'], test_mode=True)),
        pipeline=[*load, dict(type='LoadText'), pack],
    ),
)
test_dataloader = val_dataloader
val_evaluator = [dict(type='CocoDetectionMetric', ann_file='{data}/annotations.json')]
test_evaluator = val_evaluator
train_cfg = dict(type='ResumableEpochLoop', max_epochs=2, val_interval=2)
optim_wrapper = dict(
    type='TokenNormalizedOptimWrapper',
    optimizer=dict(type='AdamW', lr=5e-3),
    accumulative_counts=3,
    clip_grad=dict(max_norm=1.0),
    constructor='PartRateConstructor',
)
param_scheduler = [dict(type='mmengine.LinearLR', start_factor=0.1, by_epoch=False, end=8)]
model_wrapper_cfg = dict(type='TrainedPartDataParallel', find_unused_parameters=True)
default_hooks = dict(
    logger=dict(interval=1), checkpoint=dict(interval=3, by_epoch=False, max_keep_ckpts=-1)
)
custom_hooks = []
randomness = dict(seed=0)
"""


def _write_data(folder: Path) -> None:
    """Pictures of three sizes; every fourth holds no object."""
    generator = np.random.default_rng(0)
    images, annotations = [], []
    (folder / 'images').mkdir(parents=True)
    for index in range(10):
        width, height = ((64, 64), (96, 64), (64, 128))[index % 3]
        picture = generator.integers(0, 90, (height, width, 3), dtype=np.uint8)
        images.append({'id': index, 'file_name': f'{index}.png', 'width': width, 'height': height})
        for number in range(index % 4):
            x, y = (int(value) for value in generator.integers(0, 32, 2))
            side = 12 + 6 * number
            picture[y : y + side, x : x + side] = (20, 20, 230)
            annotations.append(
                {
                    'id': len(annotations) + 1,
                    'image_id': index,
                    'category_id': 1 + number % 2,
                    'bbox': [x, y, side, side],
                    'area': side * side,
                    'iscrowd': 0,
                }
            )
        cv2.imwrite(str(folder / 'images' / f'{index}.png'), picture)
    categories = [{'id': 1, 'name': 'red square'}, {'id': 2, 'name': 'noise'}]
    content = {'images': images, 'annotations': annotations, 'categories': categories}
    (folder / 'annotations.json').write_text(json.dumps(content))
    (folder / 'texts.json').write_text(json.dumps([['red square'], ['noise']]))


@pytest.fixture
def recipe(repository, tiny_folder, tmp_path) -> Callable[..., Path]:
    """``recipe(family, extra='')``: a recipe file; ``extra`` is appended to it."""

    def write(family: str = 'qwen3_vl', extra: str = '', name: str = 'recipe.py') -> Path:
        if not (tmp_path / 'data').exists():
            _write_data(tmp_path / 'data')
        text = _RECIPE.format(
            repository=repository,
            family=family,
            model=tiny_folder(family),
            data=tmp_path / 'data',
        )
        path = tmp_path / name
        path.write_text(f'"""Tiny."""\n{text}{extra}')
        return path

    return write


@pytest.fixture
def command(repository) -> Callable[..., str]:
    """``command(tool, ...)``: runs a tool on the CPU; what it printed."""
    environment = {
        **os.environ,
        'PYTHON': sys.executable,
        'PYTHONPATH': os.pathsep.join(
            str(repository / 'tests/data' / name) for name in ('toy', 'noisy', 'tokens')
        ),
        'OMP_NUM_THREADS': '1',
        'CUDA_VISIBLE_DEVICES': '',
    }

    def run(tool: str, *arguments, port: int = 29670, status: int = 0) -> str:
        path = repository / 'tools' / tool
        words = [path] if tool.endswith('.sh') else [sys.executable, path]
        done = subprocess.run(
            [*words, *map(str, arguments)],
            env={**environment, 'MASTER_PORT': str(port)},
            capture_output=True,
            text=True,
            timeout=400,
        )
        shown = done.stdout + done.stderr
        assert done.returncode == status, shown
        return shown

    return run
