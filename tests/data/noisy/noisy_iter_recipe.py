"""The same by iterations, three passes over the data."""

_base_ = './noisy_recipe.py'
train_cfg = dict(_delete_=True, type='ResumableIterLoop', max_iters=33, val_interval=10)
