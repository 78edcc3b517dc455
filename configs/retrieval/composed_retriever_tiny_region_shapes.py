"""The second stage on the shapes with the region loss, boxes of the YOLO demo checkpoint.

Data and boxes: python tools/demo_retrieval.py --prepare
First stage: composed_retriever_tiny_shapes.py
Train: python tools/train.py configs/retrieval/composed_retriever_tiny_region_shapes.py
Test:  python tools/test.py configs/retrieval/composed_retriever_tiny_region_shapes.py BEST
(BEST: work_dirs/composed_retriever_tiny_region_shapes/best.pth). Scores: docs/retrieval.md.
"""

_base_ = ['../_base_/retrieval_shapes_stage2.py']
region_loss = dict(type='RegionContrastLoss', feature_level='qformer')
model = dict(_base_.retriever_shapes, region_loss=region_loss)
train_dataloader = dict(dataset=dict(box_file=_base_.composed_shapes_boxes + 'train.json'))
