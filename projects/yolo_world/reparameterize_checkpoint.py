"""Re-parameterise a checkpoint file; the result is compared with its source.

Letters: N classes, D text width.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config, ConfigDict
from mmengine.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from vl_runtime.atomic_files import atomic_path
from vl_runtime.checkpoints import STRIP_WRAPPER_PREFIX, load_checkpoint_file, rename_keys
from vl_runtime.compat.safe_load import trusted_checkpoints
from vl_runtime.errors import InputValueError, UserInputError
from yolo_world.embedding_file import load_embeddings
from yolo_world.model_config_from_weights import model_config_from_weights
from yolo_world.output_difference import OutputDifference, network_input, output_difference
from yolo_world.reparameterize import (
    reparameterize_state_dict,
    reparameterized_config,
)

_PROMPT_ARGUMENTS = (
    'num_prompts', 'prompt_dim', 'embedding_path', 'freeze_prompt', 'use_mlp_adapter', 'background',
    'reparameterized',
)  # fmt: skip


@dataclass(frozen=True)
class Reparameterized:
    """What was written: the checkpoint, a recipe for it, and how it compares.

    Attributes:
        replaced: files of these names that were there before.
    """

    checkpoint: Path
    recipe: Path
    classes: tuple[str, ...]
    background: bool
    difference: OutputDifference
    replaced: tuple[Path, ...] = ()


def reparameterize_checkpoint(
    model: str | Path,
    out_dir: str | Path,
    text_embed: str | Path | None = None,
    *,
    conv_neck: bool = False,
    config: Config | None = None,
    names: Sequence[str] | None = None,
    image: str | Path | None = None,
    image_size: int = 640,
    trust_checkpoint: bool = False,
) -> Reparameterized:
    """Write ``<name>_rep_conv.pth`` (or ``_rep_linear.pth``) and a recipe of the same name.

    The written file is loaded and compared with the source on a picture before it
    is moved into place; one that differs is not kept. ``meta`` is taken over, with
    the new class names; the state of the optimizer is not.

    Args:
        model: checkpoint of a ``YOLOWorldDetector`` or ``SimpleYOLOWorldDetector``.
        out_dir: made if it is not there.
        text_embed: ``.npy`` file (N, D); by default the prompts in the checkpoint.
        conv_neck: see ``reparameterize_state_dict``.
        config: recipe of the source; by default it follows from the weights.
        names: of the N classes; N - 1 if the last embedding is the background's.
        image: picture to compare on; by default a drawn one.
        image_size: input of the comparison in pixels, a multiple of 32.
        trust_checkpoint: open a file of one's own that holds more than weights.

    Raises:
        InputFileNotFoundError, InputKeyError, InputValueError: a file can't be used,
            this kind of model can't be re-parameterised, the names don't fit, or the
            result differs from its source.
    """
    if image_size < 32 or image_size % 32:
        raise InputValueError(f'image size: expected a multiple of 32, found {image_size}.')
    with trusted_checkpoints(trust_checkpoint):
        content = load_checkpoint_file(model)
    weights = rename_keys(content['state_dict'], STRIP_WRAPPER_PREFIX)
    embeds = load_embeddings(text_embed) if text_embed else _own_prompts(weights, model)
    background = _has_background(names, len(embeds))
    try:
        converted = reparameterize_state_dict(weights, embeds, conv_neck)
        source_cfg = config.model if config is not None else model_config_from_weights(weights)
        model_cfg = reparameterized_config(source_cfg, len(embeds), conv_neck)
    except UserInputError as error:
        raise type(error)(f'{model}: {error}') from error
    model_cfg['background'] = background or model_cfg.get('background', False)
    suffix = '_rep_conv' if conv_neck else '_rep_linear'
    target = Path(out_dir) / f'{Path(model).stem}{suffix}.pth'
    source = _source_detector(source_cfg, weights, embeds, str(model))
    picture = network_input(image, image_size)
    classes = _class_names(names, content.get('meta'), text_embed is None, len(embeds))
    meta = dict(content.get('meta') or {}, dataset_meta={'classes': classes})
    recipe = target.with_suffix('.py')
    replaced = tuple(path for path in (target, recipe) if path.exists())
    with atomic_path(recipe) as new_recipe, atomic_path(target) as new_target:
        torch.save({'meta': meta, 'state_dict': converted}, new_target)
        result = _result_detector(model_cfg, new_target)
        difference = output_difference(source, result, picture)
        difference.require_none(f'{model}: the re-parameterised model')
        _recipe(config, model_cfg, classes, image_size).dump(new_recipe)
    return Reparameterized(target, recipe, classes, model_cfg['background'], difference, replaced)


def _own_prompts(weights: Mapping[str, Tensor], source: str | Path) -> Tensor:
    """The prompts of a checkpoint after their adapter, as its detector uses them."""
    if 'embeddings' not in weights:
        raise InputValueError(
            f'{source}: text embeddings are needed (--text-embed): this checkpoint holds no '
            'prompts.'
        )
    prompts = weights['embeddings'].float()
    if 'adapter.0.weight' not in weights:
        return prompts
    first, second = (
        (weights[f'adapter.{i}.weight'].float(), weights[f'adapter.{i}.bias'].float())
        for i in (0, 2)
    )
    return F.normalize(F.linear(F.linear(prompts, *first).relu(), *second) + prompts, dim=-1)


def _has_background(names: Sequence[str] | None, num_embeds: int) -> bool:
    if names is None or len(names) == num_embeds:
        return False
    if len(names) == num_embeds - 1:
        return True
    raise InputValueError(
        f'class names: expected {num_embeds}, one for each text embedding (or {num_embeds - 1}, '
        f'if the last one is the background text), found {len(names)}.'
    )


def _class_names(
    names: Sequence[str] | None, meta: Any, own_prompts: bool, num_embeds: int
) -> tuple[str, ...]:
    """Names of the classes: given, those of the prompts' training, or 'class 0', 'class 1', ..."""
    if names is not None:
        return tuple(names)
    dataset_meta = (meta or {}).get('dataset_meta') or {}
    known = dataset_meta.get('classes') or dataset_meta.get('CLASSES') or ()
    if own_prompts and len(known) == num_embeds:
        return tuple(known)
    return tuple(f'class {index}' for index in range(num_embeds))


def _source_detector(
    cfg: Mapping[str, Any], weights: Mapping[str, Tensor], embeds: Tensor, source: str
) -> nn.Module:
    """The source with the embeddings as its vocabulary, without a text model."""
    cfg = copy.deepcopy(dict(cfg))
    for name in _PROMPT_ARGUMENTS:
        cfg.pop(name, None)
    cfg['type'] = 'YOLOWorldDetector'
    cfg['backbone'].update(text_model=None, with_text_model=False)
    detector = MODELS.build(ConfigDict(cfg)).eval()
    own = detector.state_dict()
    for key, value in own.items():
        if key in weights and weights[key].shape != value.shape:
            raise InputValueError(
                f'{source}: {key} has the shape {tuple(weights[key].shape)}, the model expects '
                f'{tuple(value.shape)}; give the recipe of these weights (--config).'
            )
    missing = [k for k in own if k not in weights and not k.endswith('num_batches_tracked')]
    if missing:
        raise InputValueError(
            f'{source}: {len(missing)} weights of the model are not there (first: {missing[0]}); '
            'give the recipe of these weights (--config).'
        )
    detector.load_state_dict(weights, strict=False)
    detector.set_vocabulary([f'class {i}' for i in range(len(embeds))], text_feats=embeds)
    return detector


def _result_detector(cfg: Mapping[str, Any], path: Path) -> nn.Module:
    detector = MODELS.build(ConfigDict(copy.deepcopy(dict(cfg)))).eval()
    state = torch.load(path, map_location='cpu', weights_only=False)['state_dict']
    missing, unexpected = detector.load_state_dict(state, strict=False)
    wrong = [key for key in missing if not key.endswith('num_batches_tracked')] + unexpected
    if wrong:
        raise InputValueError(
            f'{len(wrong)} weights do not belong to a re-parameterised model (first: {wrong[0]}).'
        )
    return detector


def _recipe(
    config: Config | None,
    model_cfg: Mapping[str, Any],
    classes: Sequence[str],
    image_size: int,
) -> Config:
    """A recipe for prediction: the source's with the new model, or a plain one."""
    if config is not None:
        recipe = copy.deepcopy(config)
        recipe.model = ConfigDict(model_cfg)
        recipe.load_from = None
        return recipe
    size = (image_size, image_size)
    meta_keys = ('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor', 'pad_param')
    dataset = {
        'type': 'mmyolo.YOLOv5CocoDataset',
        'test_mode': True,
        'metainfo': {'classes': tuple(classes)},
        'pipeline': [
            {'type': 'LoadImageFromFile'},
            {'type': 'mmyolo.YOLOv5KeepRatioResize', 'scale': size},
            {
                'type': 'mmyolo.LetterResize',
                'scale': size,
                'allow_scale_up': False,
                'pad_val': {'img': 114},
            },
            {'type': 'mmdet.PackDetInputs', 'meta_keys': meta_keys},
        ],
    }
    return Config(
        {
            'custom_imports': {'imports': ['yolo_world'], 'allow_failed_imports': False},
            'default_scope': 'mmyolo',
            'model': model_cfg,
            'test_dataloader': {'dataset': dataset},
        }
    )
