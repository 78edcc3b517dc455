"""FashionIQ: dresses, shirts and tops; each category has its own gallery."""

fashion_iq_root = 'data/fashion_iq/'
fashion_iq_train = dict(
    type='FashionIQDataset', data_root=fashion_iq_root, split='train', box_file=None
)
fashion_iq_val = dict(fashion_iq_train, split='val')
fashion_iq_val_gallery = dict(type='GalleryDataset', queries=fashion_iq_val)
fashion_iq_metric = dict(type='FashionIQMetric')
