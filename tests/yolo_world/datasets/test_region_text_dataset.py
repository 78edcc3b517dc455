"""The words of a COCO-style file beside its boxes."""

import json

from mmengine.registry import DATASETS, DefaultScope


def test_words_stay_with_the_objects_that_are_kept(coco_content, tmp_path):
    coco_content['images'][0]['caption'] = 'Cells.'
    coco_content['categories'][0]['supercategory'] = 'blood'
    for number, annotation in enumerate(coco_content['annotations']):
        annotation |= {'caption': f'cell {number}', 'phrase': f'phrase {number}'}
    coco_content['annotations'][0]['bbox'] = [500, 500, 5, 5]  # outside: left out
    (tmp_path / 'a.json').write_text(json.dumps(coco_content))
    inner = {'type': 'RegionTextDataset', 'data_root': str(tmp_path), 'ann_file': 'a.json'}
    inner['data_prefix'] = {'img': ''}
    with DefaultScope.overwrite_default_scope('mmyolo'):
        dataset = DATASETS.build({'type': 'MultiModalDataset', 'dataset': inner})
    first, second = dataset.get_data_info(0), dataset.get_data_info(1)
    assert (first['caption'], second['caption']) == ('Cells.', None)
    (kept,) = first['instances']
    assert (kept['caption'], kept['phrase'], kept['bbox_label']) == ('cell 1', 'phrase 1', 1)
    assert first['supercategories'] == ('blood', '')
