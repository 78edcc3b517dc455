"""SPRC with a region loss on CIRR, one stage (score not measured here).

Boxes of both sides come first:
  python tools/generate_boxes.py configs/_base_/datasets/cirr.py --split train --method open-vocab \
      --detector RECIPE --checkpoint WEIGHTS --out data/cirr/boxes_train.json
Train: ./tools/dist_train.sh configs/retrieval/composed_retriever_vit_g_cirr.py 8
Test:  python tools/test.py configs/retrieval/composed_retriever_vit_g_cirr.py BEST
(BEST: work_dirs/composed_retriever_vit_g_cirr/best.pth). The test writes ranking_test1.jsonl, from
which tools/make_submission.py makes the two files for CIRR's server.
"""

_base_ = ['../_base_/models/composed_retriever_vit_g.py', '../_base_/retrieval_cirr.py']
region_loss = dict(type='RegionContrastLoss', feature_level='qformer')
model = dict(_base_.composed_retriever_vit_g, region_loss=region_loss)
train_dataloader = dict(dataset=dict(box_file='data/cirr/boxes_train.json'))
