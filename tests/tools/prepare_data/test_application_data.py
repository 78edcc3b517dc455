"""The tools of the three applications, each once from the command line."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile

import cv2
import numpy as np
import pytest

from tests.tool_process import run as run_process


def command(repository, tool, *arguments):
    path = repository / 'tools' / 'prepare_data' / f'{tool}.py'
    return [sys.executable, str(path), *map(str, arguments)]


def run(repository, tool, *arguments):
    result = run_process(command(repository, tool, *arguments))
    assert 'Traceback' not in result.stderr, result.stderr
    return result


def picture(path, size=(60, 40)):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((*size[::-1], 3), 90, np.uint8))


def test_logos_from_a_local_archive_to_parts(repository, tmp_path):
    with zipfile.ZipFile(tmp_path / 'LogoDet-3K.zip', 'w') as archive:
        archive.writestr('LogoDet-3K/readme.txt', 'logos')
    download = [sys.executable, str(repository / 'tools' / 'download.py'), 'logodet3k']
    options = ['--mirror', tmp_path / 'LogoDet-3K.zip', '--out', tmp_path / 'data']
    result = run_process([*download, *options])
    assert result.returncode == 0, result.stderr
    assert 'cite: ' in result.stdout and 'INDUSTRY/BRAND' in result.stdout
    assert (tmp_path / 'data' / 'logodet3k' / 'LogoDet-3K.zip').is_file()

    for number in range(4):
        folder = tmp_path / 'tree' / 'Food' / "Ben & Jerry's"
        picture(folder / f'{number}.jpg')
        (folder / f'{number}.xml').write_text(
            '<annotation><size><width>60</width><height>40</height></size><object><name>x</name>'
            '<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>20</ymax></bndbox></object>'
            '</annotation>'
        )
    result = run(repository, 'logodet3k', tmp_path / 'tree', '--out', tmp_path / 'logos')
    assert result.returncode == 0, result.stderr
    assert "1 brands of 1 industries: ['Food']" in result.stdout
    source = tmp_path / 'logos' / 'annotations' / 'instances_all.json'
    result = run(repository, 'subset', source, '--train', 2, '--test', 1, '--stratify')
    assert 'train: 2 images are 2 samples with one task each, 6 with 3 tasks' in result.stdout
    result = run(repository, 'subset', source, '--out', tmp_path / 'more')
    assert result.returncode == 1
    assert result.stderr.startswith('error: ') and 'at least 11000 images' in result.stderr


def test_main_subjects_with_a_picture_and_the_way_to_the_data(repository, tmp_path):
    for stem in 'abc':
        picture(tmp_path / 'images' / f'{stem}.jpg')
        mask = np.zeros((40, 60), np.uint8)
        mask[5:20, 5:30] = 255
        picture(tmp_path / 'masks' / f'{stem}.png')
        cv2.imwrite(str(tmp_path / 'masks' / f'{stem}.png'), mask)
    result = run(repository, 'saliency', '--data-dir', tmp_path, '--visualize')
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith('TOO FEW PICTURES: 3000 wanted')
    names = {path.name for path in (tmp_path / 'annotations').iterdir()}
    assert {'split_stats.json', 'samples.jpg', 'instances_test.json'} <= names
    result = run(repository, 'saliency', '--download-help')
    assert result.returncode == 0 and 'duts_tr: ' in result.stdout and 'MSRA' not in result.stderr
    result = run(repository, 'saliency')
    assert result.returncode == 1 and result.stderr.startswith('error: expected --data-dir FOLDER')


def test_referring_expressions_become_captions(repository, tmp_path):
    refs = [dict(ref_id=1, ann_id=1, image_id=1, split='val', sentences=[dict(sent='left cat')])]
    (tmp_path / 'refs.json').write_text(json.dumps(refs))
    box = dict(id=1, image_id=1, category_id=1, bbox=[1, 2, 30, 20], area=600, iscrowd=0)
    content = {
        'images': [dict(id=1, file_name='a.jpg', width=60, height=40)],
        'annotations': [box],
        'categories': [dict(id=1, name='cat')],
    }
    (tmp_path / 'instances.json').write_text(json.dumps(content))
    files = [tmp_path / 'refs.json', tmp_path / 'instances.json']
    result = run(repository, 'refcoco', *files, '--out', tmp_path)
    assert result.returncode == 0, result.stderr
    assert 'val: 1 phrases for 1 objects' in result.stdout and 'has no split train' in result.stdout


def test_florence_lines_become_coco_and_voc_files(repository, tmp_path):
    picture(tmp_path / 'a.jpg')
    line = {
        'prefix': '<OD>',
        'suffix': 'drop<loc_100><loc_200><loc_300><loc_400>',
        'image': 'a.jpg',
    }
    path = tmp_path / 'train.jsonl'
    path.write_text(json.dumps(line) + '\n')
    result = run(repository, 'florence_jsonl', 'to-coco', path)
    assert result.returncode == 0, result.stderr
    assert 'train: 1 images (0 without a box), 1 boxes: drop 1' in result.stdout
    source = tmp_path / 'annotations' / 'instances_train.json'
    result = run(repository, 'coco_to_voc', source, tmp_path / 'voc')
    assert result.returncode == 0 and (tmp_path / 'voc' / 'Annotations' / 'a.xml').is_file()


@pytest.mark.slow
def test_ctrl_c_leaves_nothing_behind(repository, tmp_path):
    for number in range(3000):
        path = tmp_path / 'images' / f'{number}.png'
        picture(path) if number == 0 else path.symlink_to(tmp_path / 'images' / '0.png')
    arguments = ['--data-dir', tmp_path, '--mask-dir', 'images']
    process = subprocess.Popen(
        command(repository, 'saliency', *arguments),
        stderr=subprocess.PIPE,
        text=True,
        # tests that run in the background are started with SIGINT ignored, and so is this
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    time.sleep(0.1)
    while '/3000' not in process.stderr.read(20):
        pass
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130 and errors.endswith('interrupted\n')
    assert not (tmp_path / 'annotations').exists()
