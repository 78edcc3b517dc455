"""The second stage on CIRR: from the weights of the first, with the region loss, at a quarter rate.

Boxes: as in composed_retriever_vit_g_cirr.py.
Train: ./tools/dist_train.sh configs/retrieval/composed_retriever_vit_g_stage2_cirr.py 8
Test:  python tools/test.py configs/retrieval/composed_retriever_vit_g_stage2_cirr.py BEST
(BEST: work_dirs/composed_retriever_vit_g_stage2_cirr/best.pth)
"""

_base_ = ['../_base_/models/composed_retriever_vit_g.py', '../_base_/retrieval_cirr.py']
max_epochs = 20
rate = 2.5e-6
load_from = 'work_dirs/composed_retriever_vit_g_stage1_cirr/best.pth'
region_loss = dict(type='RegionContrastLoss', feature_level='qformer')
model = dict(_base_.composed_retriever_vit_g, region_loss=region_loss)
train_dataloader = dict(dataset=dict(box_file='data/cirr/boxes_train.json'))
train_cfg = dict(max_epochs=max_epochs)
optim_wrapper = dict(optimizer=dict(lr=rate))
param_scheduler = [dict(_base_.retrieval_cycle, eta_max=rate, total_steps=max_epochs)]
