"""The second stage on the shapes: a few more epochs from the weights of the first."""

_base_ = ['./retrieval_shapes.py']
retriever_shapes_stage1_root = 'work_dirs/composed_retriever_tiny_shapes/'
load_from = retriever_shapes_stage1_root + 'best.pth'
max_epochs = 6
rate = 1e-3
train_cfg = dict(max_epochs=max_epochs, val_interval=2)
optim_wrapper = dict(optimizer=dict(lr=rate))
param_scheduler = [
    dict(_base_.retrieval_cycle, eta_max=rate, total_steps=max_epochs, pct_start=0.1)
]
