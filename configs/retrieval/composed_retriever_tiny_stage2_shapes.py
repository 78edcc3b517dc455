"""The control of composed_retriever_tiny_region_shapes.py: the second stage without boxes.

Data and boxes: python tools/demo_retrieval.py --prepare
First stage: composed_retriever_tiny_shapes.py
Train: python tools/train.py configs/retrieval/composed_retriever_tiny_stage2_shapes.py
Test:  python tools/test.py configs/retrieval/composed_retriever_tiny_stage2_shapes.py BEST
(BEST: work_dirs/composed_retriever_tiny_stage2_shapes/best.pth). Scores: docs/retrieval.md.
"""

_base_ = ['../_base_/retrieval_shapes_stage2.py']
model = _base_.retriever_shapes
