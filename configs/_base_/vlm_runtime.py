"""The common runtime with the vision-language package; checkpoints are small, all are kept."""

_base_ = ['./default_runtime.py']
custom_imports = dict(imports=['yolo_world', 'vlm_detector'], allow_failed_imports=False)
default_hooks = dict(checkpoint=dict(interval=1, max_keep_ckpts=-1))
