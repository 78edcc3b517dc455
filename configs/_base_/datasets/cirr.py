"""CIRR, release 2: training pairs, validation queries with their gallery, secret test split.

The photographs come on request from NLVR2; where they lie: cirr_images below cirr_root ('' means
train/, dev/ and test1/ stand there; 'cirr/img_raw' is the other usual place).
"""

cirr_root = 'data/cirr/'
cirr_images = ''
cirr_train = dict(
    type='CIRRDataset', data_root=cirr_root, split='train', image_folder=cirr_images, box_file=None
)
cirr_val = dict(cirr_train, split='val')
cirr_test = dict(cirr_train, split='test1')
cirr_val_gallery = dict(type='GalleryDataset', queries=cirr_val)
cirr_test_gallery = dict(type='GalleryDataset', queries=cirr_test)
cirr_metric = dict(type='CIRRMetric')
