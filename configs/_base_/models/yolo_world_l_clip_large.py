"""YOLO-World v2-L with the frozen text encoder of CLIP ViT-L/14-336 (768-d)."""

_base_ = './yolo_world_l.py'
yolo_world_v2 = dict(
    backbone=dict(text_model=dict(model_name='openai/clip-vit-large-patch14-336')),
    neck=dict(guide_channels=768),
    bbox_head=dict(head_module=dict(embed_dims=768)),
)
