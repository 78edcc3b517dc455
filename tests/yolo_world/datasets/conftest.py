"""Small annotation files and images, written for each test."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

import yolo_world.datasets  # noqa: F401  (registers the classes under test)


@pytest.fixture
def golden_dataset_config(load_golden, tmp_path):
    """The config of a golden data set case with its files written to ``tmp_path``."""

    def prepare(name: str) -> tuple[dict, dict]:
        case = load_golden(name)
        (tmp_path / 'ann.json').write_text(json.dumps(case['annotation']))
        text = (
            json.dumps(case['cfg']).replace('ROOT/', f'{tmp_path}/').replace('"ANN"', '"ann.json"')
        )
        if 'texts' in case:
            (tmp_path / 'texts.json').write_text(json.dumps(case['texts']))
            text = text.replace('TEXTS', str(tmp_path / 'texts.json'))
        expected = json.loads(json.dumps(case['parsed']).replace('ROOT/', f'{tmp_path}/'))
        return json.loads(text), {**case, 'parsed': expected}

    return prepare


@pytest.fixture
def coco_content() -> dict:
    """Two images, two categories, three boxes."""
    return {
        'images': [
            {'id': 1, 'file_name': 'a.png', 'width': 60, 'height': 40},
            {'id': 2, 'file_name': 'b.png', 'width': 32, 'height': 64},
        ],
        'annotations': [
            _box(10, 1, 5, [2, 3, 20, 10]),
            _box(11, 1, 7, [30, 5, 12, 30]),
            _box(12, 2, 7, [4, 4, 16, 16]),
        ],
        'categories': [{'id': 5, 'name': 'red_cell'}, {'id': 7, 'name': 'platelet'}],
    }


def _box(id_: int, image_id: int, category_id: int, bbox: list) -> dict:
    return {
        'id': id_,
        'image_id': image_id,
        'category_id': category_id,
        'bbox': bbox,
        'area': bbox[2] * bbox[3],
        'iscrowd': 0,
    }


@pytest.fixture
def write_coco(tmp_path):
    """Write an annotation file and its images; returns the config of the inner data set."""

    def write(content: dict, images: bool = True, **options) -> dict:
        (tmp_path / 'ann.json').write_text(json.dumps(content))
        if images:
            for image in content['images']:
                write_image(tmp_path / image['file_name'], image['height'], image['width'])
        return {
            'type': 'YOLOv5CocoDataset',
            'data_root': str(tmp_path),
            'ann_file': 'ann.json',
            'data_prefix': {'img': ''},
            **options,
        }

    return write


def write_image(path: Path, height: int, width: int) -> None:
    """A grey ramp."""
    ramp = np.linspace(0, 255, height * width * 3).reshape(height, width, 3)
    cv2.imwrite(str(path), ramp.astype(np.uint8))


@pytest.fixture
def evaluation_pipeline() -> list[dict]:
    """Loads, letterboxes to 64 x 64 and packs, as recipes evaluate."""
    return [
        {'type': 'mmyolo.LoadImageFromFile'},
        {'type': 'mmyolo.YOLOv5KeepRatioResize', 'scale': (64, 64)},
        {
            'type': 'mmyolo.LetterResize',
            'scale': (64, 64),
            'allow_scale_up': False,
            'pad_val': {'img': 114},
        },
        {'type': 'mmdet.LoadAnnotations', 'with_bbox': True},
        {'type': 'LoadText'},
        {
            'type': 'mmdet.PackDetInputs',
            'meta_keys': ('img_id', 'img_path', 'ori_shape', 'scale_factor', 'pad_param', 'texts'),
        },
    ]


@pytest.fixture
def messages(monkeypatch):
    """Everything that the packages log, as a list of strings."""
    seen: list[str] = []

    def remember(message, *args, **kwargs):
        seen.append(str(message))

    for module in ('class_selection', 'image_size_watch', 'mixed_grounding_dataset'):
        monkeypatch.setattr(f'yolo_world.datasets.{module}.print_log', remember)
    monkeypatch.setattr('vl_runtime.data_checks.print_log', remember)
    return seen
