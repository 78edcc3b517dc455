import json
import sys

import cv2
import numpy as np
import pytest

from tests.tool_process import run as run_process


def run(repository, tool, *arguments):
    return run_process(
        [sys.executable, repository / 'tools' / 'prepare_data' / f'{tool}.py', *arguments],
    )


@pytest.fixture
def data(tmp_path):
    """One picture with a VOC and a YOLO annotation of the same box."""
    for folder in ('images', 'labels', 'Annotations'):
        (tmp_path / folder).mkdir()
    cv2.imwrite(str(tmp_path / 'images' / 'a.png'), np.zeros((80, 100, 3), np.uint8))
    (tmp_path / 'classes.txt').write_text('cat\n')
    (tmp_path / 'labels' / 'a.txt').write_text('0 0.5 0.5 0.2 0.5\n')
    (tmp_path / 'Annotations' / 'a.xml').write_text(
        '<annotation><size><width>100</width><height>80</height></size><object><name>cat</name>'
        '<bndbox><xmin>40</xmin><ymin>20</ymin><xmax>60</xmax><ymax>60</ymax></bndbox></object>'
        '</annotation>'
    )
    return tmp_path


@pytest.mark.parametrize('tool', ['voc_to_coco', 'yolo_to_coco'])
def test_help_is_there(repository, tool):
    result = run(repository, tool, '--help')
    assert result.returncode == 0
    assert '--split' in result.stdout


@pytest.mark.parametrize('tool', ['voc_to_coco', 'yolo_to_coco'])
def test_both_formats_give_the_same_json_beside_the_data(repository, data, tool):
    result = run(repository, tool, data)
    assert result.returncode == 0, result.stderr
    assert 'all: 1 images (0 without a box), 1 boxes: cat 1' in result.stdout
    content = json.loads((data / 'annotations' / 'instances_all.json').read_text())
    assert content['annotations'][0]['bbox'] == [40, 20, 20, 40]


@pytest.mark.parametrize('tool', ['voc_to_coco', 'yolo_to_coco'])
def test_a_broken_file_is_one_line_and_status_one(repository, data, tool):
    (data / 'labels' / 'a.txt').write_text('7 0.5 0.5 0.2 0.5\n')
    (data / 'Annotations' / 'a.xml').write_text('<annotation>')
    result = run(repository, tool, data)
    assert result.returncode == 1
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith(f'error: {data}')
    assert 'Traceback' not in result.stderr
    assert not (data / 'annotations').exists()


def test_class_texts_are_written_from_an_annotation_file(repository, tmp_path):
    (tmp_path / 'ann.json').write_text(json.dumps({'categories': [{'id': 1, 'name': 'red_cell'}]}))
    out = tmp_path / 'texts.json'
    result = run(repository, 'class_texts', tmp_path / 'ann.json', '--out', out)
    assert result.returncode == 0, result.stderr
    assert '1 classes' in result.stdout
    assert json.loads(out.read_text()) == [['red cell']]
    assert run(repository, 'class_texts', tmp_path / 'none.json', '--out', out).returncode == 1
