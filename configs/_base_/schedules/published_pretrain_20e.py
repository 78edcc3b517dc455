"""Published continuation at a higher resolution: 20 epochs, the last two without mosaic."""

_base_ = './published_pretrain.py'
published_loop = dict(max_epochs=20, dynamic_intervals=[(18, 1)])
published_hooks = dict(param_scheduler=dict(max_epochs=20))
close_mosaic = dict(switch_epoch=18)
