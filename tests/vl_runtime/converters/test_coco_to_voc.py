import json

import pytest

from vl_runtime.converters import coco_to_voc, convert_voc
from vl_runtime.errors import InputValueError


def test_voc_files_come_back_as_they_were(make_voc, tmp_path):
    root = make_voc(
        {'a': [('H&M <1>', (1, 2, 30, 40), 1), ('Ärmel', (0.25, 0, 99.5, 80))], 'b': []}
    )
    convert_voc(root)
    path = root / 'annotations' / 'instances_all.json'
    content = json.loads(path.read_text())
    (root / 'Annotations').rename(tmp_path / 'older')
    lines = coco_to_voc(path, root)
    assert lines == [f'{root / "Annotations"}: 2 files with 2 objects']
    convert_voc(root)
    assert json.loads(path.read_text()) == content
    with pytest.raises(InputValueError, match='there are XML files already; give another folder'):
        coco_to_voc(path, root)


def test_crowds_are_counted_and_equal_stems_refused(tmp_path):
    size = {'width': 50, 'height': 50}
    box = {'id': 1, 'image_id': 1, 'category_id': 1, 'bbox': [1, 1, 9, 9], 'iscrowd': 1}
    content = {
        'images': [{'id': 1, 'file_name': 'x/a.png'} | size],
        'annotations': [box],
        'categories': [{'id': 1, 'name': 'cat'}],
    }
    path = tmp_path / 'a.json'
    path.write_text(json.dumps(content))
    assert coco_to_voc(path, tmp_path / 'out')[1].startswith('crowd regions left out: 1')
    content['images'].append({'id': 2, 'file_name': 'y/a.png'} | size)
    path.write_text(json.dumps(content))
    with pytest.raises(InputValueError, match=r'two images would share the file a\.xml, the sec'):
        coco_to_voc(path, tmp_path / 'other')
    assert not (tmp_path / 'other').exists()
