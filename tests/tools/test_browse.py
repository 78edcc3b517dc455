import json
import sys

import cv2
import numpy as np

from tests.tool_process import run as run_process

RECIPE = """
default_scope = 'mmdet'
train_dataloader = dict(dataset=dict(
    type='CocoDataset', data_root='{root}', ann_file='ann.json', data_prefix=dict(img=''),
    metainfo=dict(classes=('cat',)),
    pipeline=[
        dict(type='LoadImageFromFile'), dict(type='LoadAnnotations', with_bbox=True),
        dict(type='RandomFlip', prob=0.5), dict(type='PackDetInputs'),
    ]))
"""


def run(repository, *arguments):
    return run_process(
        [sys.executable, repository / 'tools' / 'browse.py', *map(str, arguments)],
    )


def test_help_is_there(repository):
    result = run(repository, '--help')
    assert result.returncode == 0
    assert '--num' in result.stdout


def test_samples_after_the_pipeline_become_one_picture(repository, tmp_path):
    cv2.imwrite(str(tmp_path / 'a.png'), np.full((80, 100, 3), 90, np.uint8))
    box = {'id': 1, 'image_id': 1, 'category_id': 1, 'bbox': [9, 9, 30, 30], 'area': 900}
    content = {
        'images': [{'id': 1, 'file_name': 'a.png', 'width': 100, 'height': 80}],
        'annotations': [{**box, 'iscrowd': 0}],
        'categories': [{'id': 1, 'name': 'cat'}],
    }
    (tmp_path / 'ann.json').write_text(json.dumps(content))
    (tmp_path / 'recipe.py').write_text(RECIPE.format(root=tmp_path))
    out = tmp_path / 'new' / 'browse.png'
    result = run(repository, tmp_path / 'recipe.py', '--num', 2, '--out', out, '--cell', 200)
    assert result.returncode == 0, result.stderr
    assert '2 samples' in result.stdout
    assert cv2.imread(str(out)).shape == (200 + 42 + 12, 2 * 206 + 6, 3)


def test_a_box_file_is_drawn_on_the_originals_and_after_the_crop(repository, tmp_path):
    cv2.imwrite(str(tmp_path / 'a.png'), np.full((80, 100, 3), 90, np.uint8))
    boxes = tmp_path / 'boxes.json'
    boxes.write_text('{"a": [[0.25, 0.25, 0.75, 0.75]]}')
    out = tmp_path / 'browse.png'
    for fit in ((), ('--fit', 64)):
        result = run(repository, boxes, '--images', tmp_path, '--out', out, '--cell', 200, *fit)
        assert result.returncode == 0, result.stderr
        assert '1 samples' in result.stdout
        assert cv2.imread(str(out)).std() > 0
        out.unlink()
    result = run(repository, boxes)
    assert result.returncode == 1 and 'error: --images: needed' in result.stderr


def test_a_mistake_is_one_line(repository, tmp_path):
    result = run(repository, tmp_path / 'no.py')
    assert result.returncode == 1
    assert result.stderr.strip().splitlines()[-1].startswith('error: ')
    assert 'Traceback' not in result.stderr
