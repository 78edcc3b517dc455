"""YOLO-World v2-L whose class texts are 80 vectors: no text encoder.

`tools/generate_text_prompts.py` writes the file that they start from.
"""

_base_ = './yolo_world_l.py'
start_head = _base_.yolo_world_v2.bbox_head
prompt_model = dict(
    _base_.yolo_world_v2,
    type='SimpleYOLOWorldDetector',
    prompt_dim=512,
    num_prompts=80,
    embedding_path='embeddings/clip_vit_b32_coco_80_embeddings.npy',
    data_preprocessor=dict(_base_.zero_to_one, type='YOLOv5DetDataPreprocessor'),
)
no_text_backbone = dict(
    type='MultiModalYOLOBackbone',
    image_model=_base_.image_model,
    text_model=None,
    with_text_model=False,
)
prompts_only_model = dict(
    prompt_model,
    backbone=dict(no_text_backbone, frozen_stages=4),
    neck=dict(_base_.text_guided_neck, freeze_all=True),
    bbox_head=dict(start_head, head_module=dict(start_head.head_module, freeze_all=True)),
)
all_but_prompts_model = dict(
    prompt_model,
    freeze_prompt=True,
    backbone=no_text_backbone,
    neck=dict(_base_.text_guided_neck, freeze_all=False),
    bbox_head=dict(start_head, head_module=dict(start_head.head_module, freeze_all=False)),
)
