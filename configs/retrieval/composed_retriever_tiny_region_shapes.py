"""composed_retriever_tiny_shapes.py with the region loss, boxes of the YOLO demo checkpoint.

Data and boxes: python tools/demo_retrieval.py --prepare (the trunk: make demo)
Train: python tools/train.py configs/retrieval/composed_retriever_tiny_region_shapes.py
Test:  python tools/test.py configs/retrieval/composed_retriever_tiny_region_shapes.py BEST
(BEST: work_dirs/composed_retriever_tiny_region_shapes/best.pth). Scores: docs/retrieval.md.
"""

_base_ = ['../_base_/retrieval_shapes.py']
region_loss = dict(type='RegionContrastLoss', feature_level='qformer')
model = dict(_base_.retriever_shapes, region_loss=region_loss)
train_dataloader = dict(dataset=dict(box_file=_base_.composed_shapes_boxes + 'train.json'))
