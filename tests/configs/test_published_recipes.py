"""The 42 published configurations: same names, same values, same state dicts."""

import copy
import re

import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.registry import MODELS, TRANSFORMS, DefaultScope
from transformers import CLIPTextConfig, CLIPTextModelWithProjection

import yolo_world  # noqa: F401
from tests.configs.published_values import (
    REPOSITORY,
    RUNNER_KEYS,
    differences,
    published,
    recipe,
    recipe_path,
)
from tests.configs.small_runs import write_clip_folder

NAMES = sorted(published())
IMAGE_PROMPTS = 'image_prompts/yolo_world_v2_l_vlpan_bn_2e-4_80e_8gpus_image_prompt_demo'
GROUPS = sorted({name.split('/')[0] for name in NAMES})
MAX_LINES = 45
TEXT_TOWERS = {
    512: CLIPTextConfig(),  # its defaults are ViT-B/32's
    768: CLIPTextConfig(
        hidden_size=768, intermediate_size=3072, num_attention_heads=12, projection_dim=768
    ),
}
# Entries of the released weights by what the name of a file tells; the first match counts.
ENTRIES = (
    (r'prompt_tuning|all_finetuning', 652),
    (r's_rep_vlpan', 421),
    (r'v2_s_bn', 399),
    (r'v2_seg_m', 788),
    (r'v2_seg_l', 908),
    (r'seg_m', 793),
    (r'seg_l', 913),
    (r'world_s_dual', 613),
    (r'world_m_dual', 733),
    (r'world_(l|x)_dual', 853),
    (r'efficient_neck', None),  # counted below: its blocks have a projection only
    (r'v2_s_', 608),
    (r'v2_m_', 728),
    (r'v2_(l|x|xl)_', 848),
)
REPRESENTATIVE = (
    'finetune_coco/yolo_world_v2_s_rep_vlpan_bn_2e-4_80e_8gpus_mask-refine_finetune_coco',
    'finetune_coco/yolo_world_v2_s_bn_2e-4_80e_8gpus_mask-refine_finetune_coco',
    'pretrain/yolo_world_v2_s_vlpan_bn_2e-3_100e_4x8gpus_obj365v1_goldg_train_lvis_minival',
    'pretrain_v1/yolo_world_s_dual_vlpan_l2norm_2e-3_100e_4x8gpus_obj365v1_goldg_train_lvis_minival',
    'segmentation/yolo_world_v2_seg_m_vlpan_bn_2e-4_80e_8gpus_seghead_finetune_lvis',
)


def entries_of(name: str) -> int | None:
    return next(count for pattern, count in ENTRIES if re.search(pattern, name))


def state_shapes(config) -> dict[str, tuple]:
    """Keys and shapes of a recipe's model, with a text tower of the published size."""
    model = ConfigDict(config.model)
    text_model = model.backbone.text_model
    if text_model is not None:
        model.backbone = dict(model.backbone, text_model=None, with_text_model=False)
    if model.get('embedding_path'):
        model.embedding_path = ''  # the user's file; prompts of the same shape without it
    with torch.device('meta'), DefaultScope.overwrite_default_scope('mmyolo'):
        state = dict(MODELS.build(model).state_dict())
        if text_model is not None:
            tower = CLIPTextModelWithProjection(TEXT_TOWERS[model.neck.guide_channels])
            prefix = 'backbone.text_model.model.'
            state |= {prefix + key: value for key, value in tower.state_dict().items()}
    return {key: tuple(value.shape) for key, value in state.items()}


def test_every_published_file_is_there_and_no_other():
    files = {
        f'{group}/{path.stem}'
        for group in GROUPS
        for path in (REPOSITORY / 'configs' / group).glob('*.py')
    }
    assert files == set(NAMES) and len(NAMES) == 42


@pytest.mark.parametrize('name', NAMES)
def test_every_value_is_the_published_one(name):
    expected = published()[name]
    config = recipe(name).to_dict()

    found = {key: value for key, value in config.items() if key in RUNNER_KEYS}

    assert differences(expected, found) == []


@pytest.mark.parametrize('name', NAMES)
def test_recipe_is_short_and_tells_what_it_is(name):
    text = recipe_path(name).read_text()
    docstring = text.split('"""')[1]
    assert 15 <= text.count('\n') <= MAX_LINES
    assert 'Train:' in docstring and 'Test:' in docstring
    assert 'Published' in docstring or 'No score was published' in docstring


@pytest.mark.parametrize('name', REPRESENTATIVE)
def test_state_dict_has_the_published_number_of_entries(name):
    assert len(state_shapes(recipe(name))) == entries_of(name)


@pytest.mark.slow
@pytest.mark.parametrize('name', [n for n in NAMES if n not in (*REPRESENTATIVE, IMAGE_PROMPTS)])
def test_all_state_dicts_have_the_published_number_of_entries(name):
    found = len(state_shapes(recipe(name)))
    # An efficient neck lacks bias, guide_fc.weight and guide_fc.bias in its four blocks, an
    # L2 class branch the five entries of three norms.
    efficient = 848 - 4 * 3 - (0 if 'v2' in name else 15)
    assert found == (entries_of(name) or efficient)


@pytest.fixture
def clip_folder(tmp_path, golden):
    """A complete CLIP folder with the layers of ViT-B/32, narrow inside."""
    return write_clip_folder(tmp_path, golden)


def test_a_recipe_builds_with_its_text_encoder_from_a_folder(clip_folder):
    config = copy.deepcopy(recipe(REPRESENTATIVE[2]))
    config.model.backbone.text_model.model_name = clip_folder
    with DefaultScope.overwrite_default_scope('mmyolo'):
        model = MODELS.build(config.model)
    assert len(model.state_dict()) == 608
    assert not any(p.requires_grad for p in model.backbone.text_model.parameters())


@pytest.mark.slow
def test_image_prompt_model_has_the_published_entries(clip_folder):
    config = copy.deepcopy(recipe(IMAGE_PROMPTS))
    config.model.backbone.text_model.model_name = clip_folder
    config.model.vision_model = clip_folder
    with DefaultScope.overwrite_default_scope('mmyolo'):
        model = MODELS.build(config.model)
    state = {key: tuple(value.shape) for key, value in model.state_dict().items()}
    assert len(state) == 1054
    assert state['image_prompt_encoder.projector.0.weight'] == (1024, 512)
    trained = {name.split('.')[0] for name, p in model.named_parameters() if p.requires_grad}
    assert trained == {'image_prompt_encoder'}


def test_small_models_have_the_published_shapes():
    rep, dual, seg = (state_shapes(recipe(REPRESENTATIVE[index])) for index in (0, 3, 4))
    attention = 'neck.top_down_layers.0.attn_block'
    assert rep[f'{attention}.guide_convs.3.weight'] == (80, 32, 1, 1)
    assert rep['bbox_head.head_module.cls_contrasts.0.conv.weight'] == (80, 512, 1, 1)
    assert dual['neck.text_enhancer.projections.2.conv.weight'] == (256, 512, 1, 1)
    assert dual['neck.text_enhancer.proj.weight'] == (512, 256)
    assert seg['bbox_head.head_module.seg_preds.1.0.conv.weight'] == (48, 384, 3, 3)
    assert seg['bbox_head.head_module.proto_pred.conv1.conv.weight'] == (256, 192, 3, 3)
    assert seg['neck.bottom_up_layers.1.attn_block.guide_fc.weight'] == (288, 512)


def test_pipelines_can_be_built():
    seen = []
    for name in NAMES:
        config = recipe(name)
        train = config.train_dataloader.dataset
        pipelines = [config.val_dataloader.dataset.pipeline]
        pipelines += [part.pipeline for part in train.get('datasets', [train])]
        pipelines += [config.custom_hooks[1].switch_pipeline]
        for pipeline in pipelines:
            if pipeline not in seen:
                seen.append(pipeline)
                with DefaultScope.overwrite_default_scope('mmyolo'):
                    assert all(TRANSFORMS.build(dict(step)) is not None for step in pipeline)
    assert len(seen) == 30  # as many as in the published files


@pytest.mark.parametrize(
    ('expected', 'found', 'lines'),
    [
        ({'a': [1, 2]}, {'a': (1, 2)}, []),
        ({'a': 1}, {'b': 1}, ['.a: missing', '.b: too much']),
        ([1, [2]], [1, [3]], ['[1][0]: expected 2, found 3']),
        ({'a': True}, {'a': 1}, ['.a: expected True, found 1']),
        ({'type': 'YOLOv8Head'}, {'type': 'mmyolo.YOLOv8Head'}, []),
        (
            {'type': 'LoadAnnotations'},
            {'type': 'mmdet.LoadAnnotations'},
            [".type: expected 'LoadAnnotations', found 'mmdet.LoadAnnotations'"],
        ),
    ],
)
def test_comparison_finds_what_differs(expected, found, lines):
    with DefaultScope.overwrite_default_scope('mmyolo'):
        assert differences(expected, found) == lines
