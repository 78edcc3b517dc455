"""Shapes in CIRR's layout, drawn by `tools/prepare_data/composed_shapes.py`, and their boxes."""

composed_shapes_root = 'data/composed_shapes/'
composed_shapes_boxes = composed_shapes_root + 'boxes/'
composed_shapes_train = dict(
    type='CIRRDataset', data_root=composed_shapes_root, split='train', box_file=None
)
composed_shapes_val = dict(composed_shapes_train, split='val')
composed_shapes_val_gallery = dict(type='GalleryDataset', queries=composed_shapes_val)
composed_shapes_metric = dict(type='CIRRMetric')
