"""OACIRR: the object in the reference's box stays; the box steers what is read of the reference.

The boxes are those of the annotators. Score not measured here.
Train: ./tools/dist_train.sh configs/retrieval/composed_retriever_vit_g_oacirr.py 8
Test:  python tools/test.py configs/retrieval/composed_retriever_vit_g_oacirr.py BEST
(BEST: work_dirs/composed_retriever_vit_g_oacirr/best.pth)
"""

_base_ = [
    '../_base_/models/composed_retriever_vit_g.py',
    '../_base_/datasets/oacirr.py',
    '../_base_/datasets/retrieval_loaders.py',
    '../_base_/pipelines/retrieval_224.py',
    '../_base_/schedules/retrieval_one_cycle.py',
    '../_base_/retrieval_runtime.py',
]
max_epochs = 50
model = dict(_base_.composed_retriever_vit_g, box_attention=dict(type='BoxAttention'))
train_data = dict(_base_.oacirr_train, pipeline=_base_.retrieval_query_pipeline)
val_data = dict(_base_.oacirr_val, pipeline=_base_.retrieval_query_pipeline)
gallery = dict(_base_.oacirr_val_gallery, pipeline=_base_.retrieval_gallery_pipeline)
gallery_dataloader = dict(_base_.retrieval_ordered_loader, dataset=gallery)
train_dataloader = dict(_base_.retrieval_pairs_loader, dataset=train_data, batch_size=256)
val_dataloader = dict(_base_.retrieval_ordered_loader, dataset=val_data)
test_dataloader = val_dataloader
val_cfg = dict(_base_.retrieval_val, gallery_dataloader=gallery_dataloader)
test_cfg = dict(_base_.retrieval_test, gallery_dataloader=gallery_dataloader)
val_evaluator = _base_.oacirr_metric
test_evaluator = _base_.oacirr_metric
train_cfg = dict(type='ResumableEpochLoop', max_epochs=max_epochs, val_interval=1)
optim_wrapper = _base_.retrieval_optim
cycle = dict(_base_.retrieval_cycle, total_steps=max_epochs, div_factor=100)
param_scheduler = [dict(cycle, pct_start=1.5 / max_epochs)]
best = dict(type='BestCheckpointHook', metric='oacirr/avg')
custom_hooks = [*_base_.retrieval_hooks, best]
randomness = dict(seed=0)
