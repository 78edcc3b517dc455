"""The 42 published configurations: same names, same values, same state dicts."""

import copy
import re

import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.registry import MODELS, TRANSFORMS, DefaultScope
from transformers import CLIPTextConfig, CLIPTextModelWithProjection

import yolo_world  # noqa: F401
from tests.configs.published_shapes import Family, inventory
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
SCALES = {  # channels of the first convolution, depth, channels of the last level
    's': (32, 1, 512),
    'm': (48, 2, 576),
    'l': (64, 3, 512),
    'x': (80, 3, 640),
    'xl': (96, 3, 768),
}
REPRESENTATIVE = (
    'finetune_coco/yolo_world_v2_s_rep_vlpan_bn_2e-4_80e_8gpus_mask-refine_finetune_coco',
    'finetune_coco/yolo_world_v2_s_bn_2e-4_80e_8gpus_mask-refine_finetune_coco',
    'pretrain/yolo_world_v2_s_vlpan_bn_2e-3_100e_4x8gpus_obj365v1_goldg_train_lvis_minival',
    'pretrain_v1/yolo_world_s_dual_vlpan_l2norm_2e-3_100e_4x8gpus_obj365v1_goldg_train_lvis_minival',
    'segmentation/yolo_world_v2_seg_m_vlpan_bn_2e-4_80e_8gpus_seghead_finetune_lvis',
)


def family_of(name: str) -> Family:
    """What the name of a file tells about its network."""
    scale = re.search(r'world_(?:v2_)?(?:seg_)?(xl|x|l|m|s)_', name).group(1)
    fixed = 'rep_vlpan' in name or 'v2_s_bn' in name
    prompts = 'prompt_tuning' in name or 'all_finetuning' in name
    attention = 'rep_conv' if 'rep_vlpan' in name else 'text'
    if 'efficient_neck' in name or 'v2_s_bn' in name:
        attention = 'projection'
    return Family(
        *SCALES[scale],
        text=None if fixed else 'prompts' if prompts else 'clip',
        attention=attention,
        head='rep' if fixed else 'bn' if 'v2' in name else 'l2',
        dual='_dual_' in name or ('seg' in name and 'v2' not in name),
        masks='_seg_' in name,
        guide=768 if 'clip_large' in name else 512,
    )


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


@pytest.mark.parametrize(
    ('family', 'entries'),
    [
        (Family(*SCALES['s']), 608),
        (Family(*SCALES['m']), 728),
        (Family(*SCALES['xl']), 848),
        (Family(*SCALES['s'], head='l2', dual=True), 613),
        (Family(*SCALES['l'], text='prompts'), 652),
        (Family(*SCALES['s'], text=None, attention='rep_conv', head='rep'), 421),
        (Family(*SCALES['s'], text=None, attention='projection', head='rep'), 399),
        (Family(*SCALES['m'], masks=True), 788),
        (Family(*SCALES['l'], masks=True, head='l2', dual=True), 913),
    ],
)
def test_inventory_has_the_number_of_entries_of_the_released_weights(family, entries):
    assert len(inventory(family)) == entries


@pytest.mark.parametrize('name', REPRESENTATIVE)
def test_state_dict_has_the_published_keys_and_shapes(name):
    assert state_shapes(recipe(name)) == inventory(family_of(name))


@pytest.mark.slow
@pytest.mark.parametrize('name', [n for n in NAMES if n not in (*REPRESENTATIVE, IMAGE_PROMPTS)])
def test_all_state_dicts_have_the_published_keys_and_shapes(name):
    assert state_shapes(recipe(name)) == inventory(family_of(name))


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
    narrow = ('backbone.text_model.', 'image_prompt_encoder.image_encoder.')
    wide = {key: shape for key, shape in state.items() if not key.startswith(narrow)}
    added = {
        'image_prompt_encoder.projector.0.weight': (1024, 512),
        'image_prompt_encoder.projector.0.bias': (1024,),
        'image_prompt_encoder.projector.2.weight': (512, 1024),
        'image_prompt_encoder.projector.2.bias': (512,),
        'image_prompt_encoder.img_mean': (1, 3, 1, 1),
        'image_prompt_encoder.img_std': (1, 3, 1, 1),
    }
    detector = inventory(family_of(IMAGE_PROMPTS))
    assert {key for key in state if key.startswith(narrow[0])} == {
        key for key in detector if key.startswith(narrow[0])
    }
    assert wide == added | {
        key: shape for key, shape in detector.items() if not key.startswith(narrow)
    }
    trained = {name.split('.')[0] for name, p in model.named_parameters() if p.requires_grad}
    assert trained == {'image_prompt_encoder'}


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
