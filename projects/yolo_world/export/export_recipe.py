"""From a recipe and a checkpoint to a compared ONNX or TorchScript file."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import DATASETS, DefaultScope
from torch import Tensor, nn

from vl_runtime.errors import InputKeyError, InputValueError
from vl_runtime.image_files import list_images, read_image
from vl_runtime.inference import Predictor
from vl_runtime.launch import load_config
from vl_runtime.letterbox_pipeline import resized_steps
from vl_runtime.recipe_parts import array_steps
from vl_runtime.registry_errors import registry_errors
from vl_runtime.vocabulary import Vocabulary
from yolo_world.export.graph_module import texts_of

# What the published command line calls runtimes; only onnxruntime's graphs hold suppression.
BACKENDS = ('onnxruntime', 'openvino', 'tensorrt8', 'tensorrt7')


@dataclass
class ExportSource:
    """A detector with its vocabulary, and what an export takes from its recipe.

    Attributes:
        config: the recipe.
        detector: in evaluation mode on the CPU.
        texts: the vocabulary, without background.
    """

    config: Config
    detector: nn.Module
    texts: list[str]

    def steps(self, image_size: Sequence[int]) -> list[dict[str, Any]]:
        """Steps of the recipe's test pipeline from an array to ``image_size``."""
        steps = resized_steps(array_steps(self.config), image_size)
        for step in steps:
            if not isinstance(step['type'], str):
                step['type'] = step['type'].__name__
        return steps

    @property
    def scope(self) -> str:
        """Default scope of the steps' names."""
        return self.config.get('default_scope') or 'mmdet'

    def text_encoder(self) -> dict[str, Any] | None:
        """Config of the text encoder, if training can't have changed it."""
        encoder = self.config.model.get('backbone', {}).get('text_model')
        frozen = encoder is not None and 'all' in (encoder.get('frozen_modules') or ())
        return encoder.to_dict() if frozen else None

    def calibration_inputs(
        self, image_size: Sequence[int], count: int, folder: str | Path | None = None
    ) -> list[Tensor]:
        """The first ``count`` pictures of ``folder``, or of the training data, as the network's
        input (3, H, W) uint8 BGR."""
        paths = list_images(folder) if folder is not None else training_pictures(self.config)
        with DefaultScope.overwrite_default_scope(self.scope):
            pipeline = Compose(self.steps(image_size))
        chosen = itertools.islice(paths, count)
        return [
            pipeline({'img': read_image(path), 'img_id': index})['inputs']
            for index, path in enumerate(chosen)
        ]


def load_source(
    config: str | Path,
    checkpoint: str | Path | None,
    *,
    custom_text: str | Path | None = None,
    add_padding: bool = False,
    reparameterize: bool = False,
    conv_neck: bool = True,
    cfg_options: Sequence[str] | None = None,
    trust_checkpoint: bool = False,
) -> ExportSource:
    """Build the recipe's detector, load its weights, fix its vocabulary.

    Args:
        config, checkpoint, cfg_options, trust_checkpoint: see ``Predictor.from_checkpoint``.
        custom_text: JSON file of texts (first synonym of each); by default the recipe's.
        add_padding: the background text ``' '`` at the end.
        reparameterize: fold the vocabulary into the weights.
        conv_neck: see ``YOLOWorldDetector.fuse``.

    Raises:
        InputValueError: texts for a detector that takes none, no vocabulary, or a detector
            that can't be re-parameterised; and what reading the files raises.
    """
    recipe = load_config(config, cfg_options)
    predictor = Predictor.from_checkpoint(
        recipe, checkpoint, 'cpu', trust_checkpoint=trust_checkpoint
    )
    detector = predictor.model
    texts = list(predictor.recipe_texts)
    if custom_text is not None:
        texts = list(Vocabulary.from_json(custom_text).names)
    if hasattr(detector, 'set_vocabulary'):
        if not texts:
            raise InputValueError(f'{config}: the recipe names no classes; give --custom-text.')
        detector.set_vocabulary(texts, background=add_padding)
    elif custom_text is not None or add_padding:
        raise InputValueError(
            f'{config}: {type(detector).__name__} has its {len(texts)} classes inside its '
            'weights and takes no texts; leave --custom-text and --add-padding out.'
        )
    else:
        _name_classes(config, detector, texts)
    if reparameterize:
        detector = fused(detector, conv_neck)
    return ExportSource(recipe, detector.eval(), texts)


def fused(detector: nn.Module, conv_neck: bool = True) -> nn.Module:
    """The re-parameterised form of a detector.

    Raises:
        InputValueError: it is one already, or has none.
    """
    if not hasattr(detector, 'fuse') or getattr(detector, 'reparameterized', False):
        raise InputValueError(
            f'--reparameterize: {type(detector).__name__} is re-parameterised already or '
            'cannot be; leave it out.'
        )
    return detector.fuse(conv_neck=conv_neck).eval()


def comparison_images(folder: str | Path | None, count: int = 8) -> list[np.ndarray] | None:
    """The first pictures of a folder (or one file), BGR; None without a folder."""
    if folder is None:
        return None
    return [read_image(path) for path in list_images(folder)[:count]]


def training_pictures(config: Config) -> list[Path]:
    """Paths of the pictures of the recipe's training data, evenly chosen from the whole set.

    Raises:
        InputKeyError: the recipe has no training data.
    """
    if not config.get('train_dataloader'):
        raise InputKeyError(
            f'{config.filename or "the config"}: expected train_dataloader (its pictures '
            'calibrate the quantisation), found none; give a folder (--images).'
        )
    scope = config.get('default_scope') or 'mmdet'
    with registry_errors(config), DefaultScope.overwrite_default_scope(scope):
        dataset = DATASETS.build(config.train_dataloader['dataset'])
    step = max(1, len(dataset) // 1000)
    return [Path(dataset.get_data_info(i)['img_path']) for i in range(0, len(dataset), step)]


def export_mode(
    *, model_only: bool, without_nms: bool, without_bbox_decoder: bool, backend: str
) -> str:
    """The mode that the published flags mean; runtimes other than onnxruntime get no NMS."""
    if model_only or backend not in BACKENDS:
        return 'model-only'
    if without_bbox_decoder:
        return 'without-bbox-decoder'
    if without_nms or backend != 'onnxruntime':
        return 'without-nms'
    return 'detections'


def _name_classes(config: str | Path, detector: nn.Module, texts: Sequence[str]) -> None:
    """Give a detector with learned prompts the names that its recipe has for them."""
    if not texts:
        return
    found = texts_of(detector)
    names = [*texts, *found[-1:]] if getattr(detector, 'background', False) else list(texts)
    if len(found) != len(names):
        raise InputValueError(
            f'{config}: the detector has {len(found)} classes, the recipe names {len(names)}; '
            'the class names of test data and model must agree.'
        )
    detector.texts = [names]
