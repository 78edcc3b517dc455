import pytest

from yolo_world.checkpoint_conversion.ultralytics_layers import our_name, world_name


@pytest.mark.parametrize(
    ('theirs', 'ours'),
    [
        ('model.0.conv.weight', 'backbone.stem.conv.weight'),
        ('model.2.cv1.bn.bias', 'backbone.stage1.1.main_conv.bn.bias'),
        ('model.4.m.1.cv2.conv.weight', 'backbone.stage2.1.blocks.1.conv2.conv.weight'),
        ('model.9.cv2.conv.weight', 'backbone.stage4.2.conv2.conv.weight'),
        ('model.12.attn.gl.weight', 'neck.top_down_layers.0.attn_block.guide_fc.weight'),
        ('model.15.attn.bias', 'neck.top_down_layers.1.attn_block.bias'),
        (
            'model.18.attn.proj_conv.bn.weight',
            'neck.bottom_up_layers.0.attn_block.project_conv.bn.weight',
        ),
        ('model.19.conv.weight', 'neck.downsample_layers.1.conv.weight'),
        ('model.22.cv2.1.2.bias', 'bbox_head.head_module.reg_preds.1.2.bias'),
        ('model.22.cv4.0.logit_scale', 'bbox_head.head_module.cls_contrasts.0.logit_scale'),
        ('model.22.dfl.conv.weight', None),
        ('model.23.conv.weight', None),
        ('epoch', None),
    ],
)
def test_each_layer_has_its_place(theirs, ours):
    assert our_name(theirs) == ours


def test_the_backbone_of_yolo_world_has_two_parts():
    assert world_name('backbone.stem.bn.bias') == 'backbone.image_model.stem.bn.bias'
    assert world_name('neck.a') == 'neck.a'
