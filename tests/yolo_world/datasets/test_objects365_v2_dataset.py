"""Objects365 v2: file order, folder and name."""

from mmengine.registry import DATASETS


def test_labels_follow_the_file_and_pictures_their_patch(write_coco, coco_content, tmp_path):
    coco_content['images'][0]['file_name'] = 'images/v1/patch8/a.jpg'
    coco_content['images'][1]['file_name'] = 'images/v1/patch7/b.jpg'
    coco_content['categories'].reverse()
    inner = write_coco(coco_content, images=False)
    inner |= {'type': 'YOLOv5Objects365V2Dataset', 'data_prefix': {'img': 'train/'}}

    dataset = DATASETS.build({'type': 'MultiModalDataset', 'dataset': inner})

    first = dataset.get_data_info(0)
    assert first['img_path'] == str(tmp_path / 'train/patch8/a.jpg')
    assert [instance['bbox_label'] for instance in first['instances']] == [1, 0]
    assert first['texts'] == [['platelet'], ['red_cell']]
