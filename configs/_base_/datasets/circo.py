"""CIRCO: validation and secret test queries over COCO's 123,403 unlabeled photographs."""

circo_root = 'data/circo/'
circo_val = dict(type='CIRCODataset', data_root=circo_root, split='val', box_file=None)
circo_test = dict(circo_val, split='test')
circo_val_gallery = dict(type='GalleryDataset', queries=circo_val)
circo_test_gallery = dict(type='GalleryDataset', queries=circo_test)
circo_metric = dict(type='CIRCOMetric')
