"""Own data for the recipes: three striped shapes, with and without polygons."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from vl_runtime.demo.shapes_data import ShapesSpec, make_shapes_dataset


@pytest.fixture(scope='session')
def own_data(tmp_path_factory) -> Path:
    """A folder with `annotations/instances_{train,val,test}.json`: 3 classes, boxes alone."""
    spec = ShapesSpec(4, 2, 2, image_size=96, target=True)
    return make_shapes_dataset(tmp_path_factory.mktemp('own') / 'shapes', spec)


@pytest.fixture(scope='session')
def own_masks(own_data, tmp_path_factory) -> Path:
    """The same with the corners of its box as every object's polygon."""
    folder = tmp_path_factory.mktemp('own_masks') / 'shapes'
    shutil.copytree(own_data, folder)
    for path in (folder / 'annotations').iterdir():
        content = json.loads(path.read_text())
        for annotation in content['annotations']:
            x, y, w, h = annotation['bbox']
            annotation['segmentation'] = [[x, y, x + w, y, x + w, y + h, x, y + h]]
        path.write_text(json.dumps(content))
    return folder


@pytest.fixture(scope='session')
def tiny_clip(tmp_path_factory) -> Path:
    """A genuine CLIP text model folder: 2 layers, D = 12, seeded."""
    from transformers import CLIPTextConfig, CLIPTextModelWithProjection

    source = Path(__file__).resolve().parents[1] / 'data/golden/yolo_world/clip_tiny'
    folder = tmp_path_factory.mktemp('clip')
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = CLIPTextModelWithProjection(CLIPTextConfig.from_pretrained(source))
    model.save_pretrained(folder)
    for file in source.iterdir():
        shutil.copy(file, folder / file.name)
    return folder
