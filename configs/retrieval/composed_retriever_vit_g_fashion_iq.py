"""SPRC on FashionIQ: three galleries, two captions in a random arrangement (score not measured).

Train: ./tools/dist_train.sh configs/retrieval/composed_retriever_vit_g_fashion_iq.py 8
Test:  python tools/test.py configs/retrieval/composed_retriever_vit_g_fashion_iq.py BEST
(BEST: work_dirs/composed_retriever_vit_g_fashion_iq/best.pth)
"""

_base_ = [
    '../_base_/models/composed_retriever_vit_g.py',
    '../_base_/datasets/fashion_iq.py',
    '../_base_/datasets/retrieval_loaders.py',
    '../_base_/pipelines/retrieval_224.py',
    '../_base_/schedules/retrieval_one_cycle.py',
    '../_base_/retrieval_runtime.py',
]
max_epochs = 30
rate = 2e-5
model = _base_.composed_retriever_vit_g
train_data = dict(_base_.fashion_iq_train, pipeline=_base_.retrieval_fashion_train_pipeline)
val_data = dict(_base_.fashion_iq_val, pipeline=_base_.retrieval_query_pipeline)
gallery = dict(_base_.fashion_iq_val_gallery, pipeline=_base_.retrieval_gallery_pipeline)
gallery_dataloader = dict(_base_.retrieval_ordered_loader, dataset=gallery)
train_dataloader = dict(_base_.retrieval_pairs_loader, dataset=train_data)
val_dataloader = dict(_base_.retrieval_ordered_loader, dataset=val_data)
test_dataloader = val_dataloader
val_cfg = dict(_base_.retrieval_val, gallery_dataloader=gallery_dataloader)
test_cfg = dict(_base_.retrieval_test, gallery_dataloader=gallery_dataloader)
val_evaluator = _base_.fashion_iq_metric
test_evaluator = _base_.fashion_iq_metric
train_cfg = dict(type='ResumableEpochLoop', max_epochs=max_epochs, val_interval=1)
optim_wrapper = dict(
    _base_.retrieval_optim, optimizer=dict(_base_.retrieval_optim.optimizer, lr=rate)
)
cycle = dict(_base_.retrieval_cycle, eta_max=rate, total_steps=max_epochs, div_factor=100)
param_scheduler = [dict(cycle, pct_start=1.5 / max_epochs)]
best = dict(type='BestCheckpointHook', metric='fashioniq/avg')
custom_hooks = [_base_.retrieval_token_cache, *_base_.retrieval_hooks, best]
randomness = dict(seed=0)
