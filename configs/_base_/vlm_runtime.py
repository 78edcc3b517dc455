"""The common runtime with the vision-language package.

Checkpoints hold what trains, so they are small. The frozen base is neither sent to the other
processes nor reduced.
"""

_base_ = ['./default_runtime.py']
custom_imports = dict(imports=['yolo_world', 'vlm_detector'], allow_failed_imports=False)
default_hooks = dict(checkpoint=dict(interval=1, max_keep_ckpts=3))
model_wrapper_cfg = dict(type='TrainedPartDataParallel')
vlm_hooks = [
    dict(type='AdapterExportHook'),
    dict(type='AnswerSamplesHook'),
    dict(type='FiniteLossHook'),
    dict(type='PromptAgreementHook'),
    dict(type='ThroughputHook'),
]
