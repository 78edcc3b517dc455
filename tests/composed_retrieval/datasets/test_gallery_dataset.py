from mmengine.registry import DATASETS


def test_every_picture_of_the_galleries_is_there_once(cirr_root):
    queries = dict(type='CIRRDataset', data_root=cirr_root, split='val', pipeline=[])
    gallery = DATASETS.build(dict(type='GalleryDataset', queries=queries))
    assert len(gallery) == 8
    assert gallery[3]['image']['name'] == 'dev-3-0-img1'
    assert gallery[3]['image']['img_path'] == str(cirr_root / 'dev/dev-3-0-img1.png')
    assert gallery.metainfo['split'] == 'val' and gallery.metainfo['has_targets']
