"""OACIRR: the object in the reference's box must stay; trained on all, measured per domain."""

oacirr_root = 'data/oacirr/'
oacirr_train = dict(
    type='OACIRRDataset', data_root=oacirr_root, split='train', domains=('Union',), box_file=None
)
oacirr_val = dict(oacirr_train, split='val', domains=('Fashion', 'Car', 'Product', 'Landmark'))
oacirr_val_gallery = dict(type='GalleryDataset', queries=oacirr_val)
oacirr_metric = dict(type='OACIRRMetric')
