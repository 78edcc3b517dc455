"""SPRC on CIRR without boxes: the first of two stages (score not measured here).

Train: ./tools/dist_train.sh configs/retrieval/composed_retriever_vit_g_stage1_cirr.py 8
Test:  python tools/test.py configs/retrieval/composed_retriever_vit_g_stage1_cirr.py BEST
(BEST: work_dirs/composed_retriever_vit_g_stage1_cirr/best.pth)
"""

_base_ = ['../_base_/models/composed_retriever_vit_g.py', '../_base_/retrieval_cirr.py']
max_epochs = 30
model = _base_.composed_retriever_vit_g
train_cfg = dict(max_epochs=max_epochs)
param_scheduler = [dict(_base_.retrieval_cycle, total_steps=max_epochs)]
