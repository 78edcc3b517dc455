"""CIRCO has no training split: weights trained on CIRR, measured on 123,403 photographs.

Features of the gallery (2 GB) stay in the work folder for the next test with the same weights.
Test:  python tools/test.py configs/retrieval/composed_retriever_vit_g_circo.py BEST
Rank the secret split, for tools/make_submission.py, with `--cfg-options
test_dataloader.dataset.split=test test_cfg.gallery_dataloader.dataset.queries.split=test`.
Train: there is nothing to train on; BEST is work_dirs/composed_retriever_vit_g_cirr/best.pth.
"""

_base_ = [
    '../_base_/models/composed_retriever_vit_g.py',
    '../_base_/datasets/circo.py',
    '../_base_/datasets/retrieval_loaders.py',
    '../_base_/pipelines/retrieval_224.py',
    '../_base_/retrieval_runtime.py',
]
region_loss = dict(type='RegionContrastLoss', feature_level='qformer')
model = dict(_base_.composed_retriever_vit_g, region_loss=region_loss)
queries = dict(_base_.circo_val, pipeline=_base_.retrieval_query_pipeline)
gallery = dict(_base_.circo_val_gallery, pipeline=_base_.retrieval_gallery_pipeline)
test_dataloader = dict(_base_.retrieval_ordered_loader, dataset=queries)
test_cfg = dict(
    _base_.retrieval_test,
    gallery_dataloader=dict(_base_.retrieval_ordered_loader, dataset=gallery),
    index_dir='gallery_index',
)
test_evaluator = _base_.circo_metric
val_cfg = None
custom_hooks = [dict(type='FrozenWeightsHook')]
