"""The control of composed_retriever_tiny_shapes.py: no text, what pictures alone can do.

Data and boxes: python tools/demo_retrieval.py --prepare (the trunk: make demo)
Train: python tools/train.py configs/retrieval/composed_retriever_tiny_no_text_shapes.py
Test:  python tools/test.py configs/retrieval/composed_retriever_tiny_no_text_shapes.py BEST
(BEST: work_dirs/composed_retriever_tiny_no_text_shapes/best.pth). Scores: docs/retrieval.md.
"""

_base_ = ['../_base_/retrieval_shapes.py']
model = dict(_base_.retriever_shapes, use_text=False)
