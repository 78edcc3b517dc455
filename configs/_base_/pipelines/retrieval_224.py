"""Composed retrieval, as published: no augmentation; pad to 1.25, short side 224, centre crop."""

retrieval_pictures = [dict(type='LoadPictures'), dict(type='PadResizeCrop', size=224)]
retrieval_gallery_pipeline = [*retrieval_pictures, dict(type='PackPictures')]
retrieval_query_pipeline = [
    *retrieval_pictures,
    dict(type='CleanCaption'),
    dict(type='PackPictures'),
]
retrieval_fashion_train_pipeline = [
    *retrieval_pictures,
    dict(type='RandomCaptionOrder'),
    dict(type='CleanCaption'),
    dict(type='PackPictures'),
]
