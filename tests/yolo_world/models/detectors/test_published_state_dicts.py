"""Keys and shapes of the released v2 checkpoints, without their text encoder."""

import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.registry import MODELS

import yolo_world  # noqa: F401

NUM_TEXT_ENTRIES = 197  # CLIP ViT-B/32: 12 layers of 16, 2 embeddings, final norm 2, projection
SCALES = {  # deepen factor, widen factor, channels of the last stage before scaling
    's': (0.33, 0.5, 1024),
    'm': (0.67, 0.75, 768),
    'l': (1.0, 1.0, 512),
}
# fmt: off
SMALL = {
    'backbone.image_model.stem': (32, 3, 3, 3),
    'backbone.image_model.stage1.0': (64, 32, 3, 3),
    'backbone.image_model.stage2.0': (128, 64, 3, 3),
    'backbone.image_model.stage3.0': (256, 128, 3, 3),
    'backbone.image_model.stage4.0': (512, 256, 3, 3),
    'backbone.image_model.stage1.1.main_conv': (64, 64, 1, 1),
    'backbone.image_model.stage2.1.main_conv': (128, 128, 1, 1),
    'backbone.image_model.stage3.1.main_conv': (256, 256, 1, 1),
    'backbone.image_model.stage4.1.main_conv': (512, 512, 1, 1),
    'backbone.image_model.stage1.1.final_conv': (64, 96, 1, 1),
    'backbone.image_model.stage2.1.final_conv': (128, 256, 1, 1),
    'backbone.image_model.stage3.1.final_conv': (256, 512, 1, 1),
    'backbone.image_model.stage4.1.final_conv': (512, 768, 1, 1),
    'backbone.image_model.stage4.2.conv1': (256, 512, 1, 1),
    'backbone.image_model.stage4.2.conv2': (512, 1024, 1, 1),
    'neck.top_down_layers.0.main_conv': (256, 768, 1, 1),
    'neck.top_down_layers.0.final_conv': (256, 512, 1, 1),
    'neck.top_down_layers.1.main_conv': (128, 384, 1, 1),
    'neck.top_down_layers.1.final_conv': (128, 256, 1, 1),
    'neck.bottom_up_layers.0.main_conv': (256, 384, 1, 1),
    'neck.bottom_up_layers.0.final_conv': (256, 512, 1, 1),
    'neck.bottom_up_layers.1.main_conv': (512, 768, 1, 1),
    'neck.bottom_up_layers.1.final_conv': (512, 1024, 1, 1),
    'neck.downsample_layers.0': (128, 128, 3, 3),
    'neck.downsample_layers.1': (256, 256, 3, 3),
}
# fmt: on
STAGE_BLOCKS = {1: (1, 32), 2: (2, 64), 3: (2, 128), 4: (1, 256)}  # blocks, width
NECK_BLOCKS = {  # width, heads
    'top_down_layers.0': (128, 4),
    'top_down_layers.1': (64, 2),
    'bottom_up_layers.0': (128, 4),
    'bottom_up_layers.1': (256, 8),
}


def norm_entries(prefix, channels):
    names = ('weight', 'bias', 'running_mean', 'running_var')
    return {f'{prefix}.{name}': (channels,) for name in names} | {
        f'{prefix}.num_batches_tracked': ()
    }


def expected_small():
    convs = dict(SMALL)
    plain = {}
    for stage, (count, width) in STAGE_BLOCKS.items():
        for index in range(count):
            for conv in ('conv1', 'conv2'):
                name = f'backbone.image_model.stage{stage}.1.blocks.{index}.{conv}'
                convs[name] = (width, width, 3, 3)
    for layer, (width, heads) in NECK_BLOCKS.items():
        for conv in ('blocks.0.conv1', 'blocks.0.conv2', 'attn_block.project_conv'):
            convs[f'neck.{layer}.{conv}'] = (width, width, 3, 3)
        plain[f'neck.{layer}.attn_block.bias'] = (heads,)
        plain[f'neck.{layer}.attn_block.guide_fc.weight'] = (width, 512)
        plain[f'neck.{layer}.attn_block.guide_fc.bias'] = (width,)
    for level, channels in enumerate((128, 256, 512)):
        for branch, width, out in (('cls_preds', 128, 512), ('reg_preds', 64, 64)):
            prefix = f'bbox_head.head_module.{branch}.{level}'
            convs[f'{prefix}.0'] = (width, channels, 3, 3)
            convs[f'{prefix}.1'] = (width, width, 3, 3)
            plain[f'{prefix}.2.weight'] = (out, width, 1, 1)
            plain[f'{prefix}.2.bias'] = (out,)
        contrast = f'bbox_head.head_module.cls_contrasts.{level}'
        plain |= {f'{contrast}.bias': (), f'{contrast}.logit_scale': ()}
        plain |= norm_entries(f'{contrast}.norm', 512)
    for name, shape in convs.items():
        plain[f'{name}.conv.weight'] = shape
        plain |= norm_entries(f'{name}.bn', shape[0])
    return plain


def on_meta(cfg):
    with torch.device('meta'):  # shapes without memory
        return MODELS.build(ConfigDict(cfg))


def build(scale, _only_config=False, **kwargs):
    deepen, widen, last = SCALES[scale]
    factors = {'deepen_factor': deepen, 'widen_factor': widen}
    channels = [256, 512, last]
    cfg = {
        'type': 'YOLOWorldDetector',
        'mm_neck': True,
        'data_preprocessor': {
            'type': 'YOLOWDetDataPreprocessor',
            'mean': [0.0] * 3,
            'std': [255.0] * 3,
        },
        'backbone': {
            'type': 'MultiModalYOLOBackbone',
            'image_model': dict(type='YOLOv8CSPDarknet', last_stage_out_channels=last, **factors),
            'text_model': None,
            'with_text_model': False,
        },
        'neck': dict(
            type='YOLOWorldPAFPN',
            in_channels=channels,
            out_channels=channels,
            guide_channels=512,
            embed_channels=[128, 256, last // 2],
            num_heads=[4, 8, last // 2 // 32],
            **factors,
        ),
        'bbox_head': {
            'type': 'YOLOWorldHead',
            'head_module': {
                'type': 'YOLOWorldHeadModule',
                'num_classes': 80,
                'in_channels': channels,
                'widen_factor': widen,
                'reg_max': 16,
                'embed_dims': 512,
                'use_bn_head': True,
            },
        },
    }
    cfg.update(kwargs)
    return cfg if _only_config else on_meta(cfg)


def test_small_model_has_the_keys_and_shapes_of_the_release():
    found = {key: tuple(value.shape) for key, value in build('s').state_dict().items()}

    assert found == expected_small()


@pytest.mark.parametrize(('scale', 'entries'), [('s', 608), ('m', 728), ('l', 848)])
def test_number_of_entries(scale, entries):
    assert len(build(scale).state_dict()) == entries - NUM_TEXT_ENTRIES


MASKS = {'mask_channels': 32, 'proto_channels': 256}


def build_v1(scale, head='YOLOWorldHead', **head_module):
    """The published v1 detector: texts that look at the image, and no norm at the texts."""
    cfg = build(scale, _only_config=True)
    cfg['neck']['type'] = 'YOLOWorldDualPAFPN'
    cfg['bbox_head']['type'] = head
    cfg['bbox_head']['head_module'].update(use_bn_head=False, **head_module)
    return on_meta(cfg)


@pytest.mark.parametrize(('scale', 'entries'), [('s', 613), ('m', 733), ('l', 853)])
def test_number_of_entries_of_the_first_version(scale, entries):
    state = build_v1(scale).state_dict()

    assert len(state) == entries - NUM_TEXT_ENTRIES
    enhancer = {k: tuple(v.shape) for k, v in state.items() if 'text_enhancer' in k}
    if scale == 's':
        assert enhancer['neck.text_enhancer.projections.1.conv.weight'] == (256, 256, 1, 1)
        assert enhancer['neck.text_enhancer.projections.2.conv.bias'] == (256,)
        assert enhancer['neck.text_enhancer.query.1.weight'] == (256, 512)
        assert enhancer['neck.text_enhancer.proj.weight'] == (512, 256)
    assert len(enhancer) == 6 + 3 * 4 + 2


@pytest.mark.parametrize(('scale', 'entries'), [('m', 793), ('l', 913)])
def test_number_of_entries_with_masks(scale, entries):
    first = build_v1(
        scale, head='YOLOWorldSegHead', type='YOLOWorldSegHeadModule', **MASKS
    ).state_dict()
    cfg = build(scale, _only_config=True)
    cfg['bbox_head']['type'] = 'YOLOWorldSegHead'
    cfg['bbox_head']['head_module'].update(type='YOLOWorldSegHeadModule', **MASKS)

    assert len(first) == entries - NUM_TEXT_ENTRIES
    assert len(on_meta(cfg).state_dict()) == entries - 5 - NUM_TEXT_ENTRIES


def test_prompt_model_adds_its_prompts():
    model = build('l', type='SimpleYOLOWorldDetector', use_mlp_adapter=True)

    state = model.state_dict()

    assert state['embeddings'].shape == (80, 512)
    assert state['adapter.0.weight'].shape == (1024, 512)
    assert state['adapter.2.weight'].shape == (512, 1024)
    assert len(state) == 652 + 4  # the adapter is one weight and one bias, twice


def test_medium_attention_widths():
    shapes = {key: tuple(value.shape) for key, value in build('m').state_dict().items()}

    for layer, (width, heads) in {
        'top_down_layers.0': (192, 6),
        'top_down_layers.1': (96, 3),
        'bottom_up_layers.0': (192, 6),
        'bottom_up_layers.1': (288, 9),
    }.items():
        assert shapes[f'neck.{layer}.attn_block.guide_fc.weight'] == (width, 512)
        assert shapes[f'neck.{layer}.attn_block.bias'] == (heads,)
