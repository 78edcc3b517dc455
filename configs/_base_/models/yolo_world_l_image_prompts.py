"""YOLO-World v2-L that also takes pictures as prompts: a projector behind CLIP's image tower."""

_base_ = './yolo_world_l.py'
clip_folder = '../pretrained_models/open-ai-clip-vit-base-patch32'
frozen_head = dict(_base_.yolo_world_v2.bbox_head.head_module, freeze_all=True)
image_prompt_model = dict(
    _base_.yolo_world_v2,
    type='YOLOWorldImageDetector',
    prompt_dim=512,
    vision_model=clip_folder,
    data_preprocessor=dict(_base_.zero_to_one, type='YOLOv5DetDataPreprocessor'),
    backbone=dict(
        _base_.yolo_world_v2.backbone,
        frozen_stages=4,
        text_model=dict(_base_.clip_base, model_name=clip_folder),
    ),
    neck=dict(_base_.text_guided_neck, freeze_all=True),
    bbox_head=dict(_base_.yolo_world_v2.bbox_head, head_module=frozen_head),
)
