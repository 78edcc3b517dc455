"""What the published recipes need from the runner."""

custom_imports = dict(imports=['yolo_world'], allow_failed_imports=False)
default_scope = 'mmyolo'
env_cfg = dict(
    cudnn_benchmark=True,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'),
)
vis_backends = [dict(type='LocalVisBackend')]
visualizer = dict(type='mmdet.DetLocalVisualizer', vis_backends=vis_backends, name='visualizer')
log_processor = dict(type='LogProcessor', window_size=50, by_epoch=True)
log_level = 'INFO'
load_from = None
resume = False
param_scheduler = None  # a hook sets rate and momentum: `published_hooks.param_scheduler`
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
