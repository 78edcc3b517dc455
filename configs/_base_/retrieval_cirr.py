"""Training, validation and test on CIRR: everything but the model."""

_base_ = [
    './datasets/cirr.py',
    './datasets/retrieval_loaders.py',
    './pipelines/retrieval_224.py',
    './schedules/retrieval_one_cycle.py',
    './retrieval_runtime.py',
]
train_dataloader = dict(
    _base_.retrieval_pairs_loader,
    dataset=dict(_base_.cirr_train, pipeline=_base_.retrieval_query_pipeline),
)
val_dataloader = dict(
    _base_.retrieval_ordered_loader,
    dataset=dict(_base_.cirr_val, pipeline=_base_.retrieval_query_pipeline),
)
test_dataloader = dict(
    _base_.retrieval_ordered_loader,
    dataset=dict(_base_.cirr_test, pipeline=_base_.retrieval_query_pipeline),
)
val_gallery = dict(_base_.cirr_val_gallery, pipeline=_base_.retrieval_gallery_pipeline)
test_gallery = dict(_base_.cirr_test_gallery, pipeline=_base_.retrieval_gallery_pipeline)
val_cfg = dict(
    _base_.retrieval_val,
    gallery_dataloader=dict(_base_.retrieval_ordered_loader, dataset=val_gallery),
)
test_cfg = dict(
    _base_.retrieval_test,
    gallery_dataloader=dict(_base_.retrieval_ordered_loader, dataset=test_gallery),
)
val_evaluator = _base_.cirr_metric
test_evaluator = _base_.cirr_metric
train_cfg = dict(type='ResumableEpochLoop', max_epochs=_base_.retrieval_epochs, val_interval=1)
optim_wrapper = _base_.retrieval_optim
param_scheduler = [_base_.retrieval_cycle]
custom_hooks = [
    _base_.retrieval_token_cache,
    *_base_.retrieval_hooks,
    dict(type='BestCheckpointHook', metric='cirr/mean7'),
]
randomness = dict(seed=0)
