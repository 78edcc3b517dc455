"""Composed retrieval on coloured shapes: a scene and 'make the circle blue' -> the picture.

Data and boxes: python tools/demo_retrieval.py --prepare (the trunk: make demo)
Train: python tools/train.py configs/retrieval/composed_retriever_tiny_shapes.py
Test:  python tools/test.py configs/retrieval/composed_retriever_tiny_shapes.py BEST
(BEST: work_dirs/composed_retriever_tiny_shapes/best.pth). Scores: docs/retrieval.md.
"""

_base_ = ['../_base_/retrieval_shapes.py']
model = _base_.retriever_shapes
