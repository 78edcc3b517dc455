"""One predictor for any detector of the toolkit: config and checkpoint in, boxes out.

predictor = Predictor.from_checkpoint('recipe.py', 'best.pth')
for prediction in predictor.predict('pictures/', texts=['red circle', 'helmet']):
    print(prediction.image, prediction.names, prediction.boxes_xyxy)
"""

from __future__ import annotations

import copy
import itertools
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from mmengine.config import Config
from mmengine.logging import print_log
from mmengine.registry import MODELS, DefaultScope
from torch import nn

from vl_runtime import compat
from vl_runtime.checkpoints import load_checkpoint_file, load_weights
from vl_runtime.compat.safe_load import trusted_checkpoints
from vl_runtime.config_files import apply_options
from vl_runtime.errors import InputValueError
from vl_runtime.image_checks import LEAST_ELONGATED_RATIO, explain_elongated
from vl_runtime.image_files import list_images, read_image
from vl_runtime.launch import load_config
from vl_runtime.prediction import Prediction
from vl_runtime.recipe_parts import array_pipeline, recipe_texts, trained_classes
from vl_runtime.registry_errors import registry_errors
from vl_runtime.vocabulary import Vocabulary

Image = str | Path | np.ndarray
Images = Image | Iterable[Image]


class Predictor:
    """Runs a detector on pictures, with the recipe's classes or with any texts.

    Args:
        model: a detector in evaluation mode, with ``test_step``; one that takes texts has
            ``set_vocabulary(texts, background=False)``.
        pipeline: turns ``dict(img=array, img_id=index)`` into ``dict(inputs, data_samples)``.
        recipe_texts: what is looked for when ``predict`` gets no texts.
        max_per_image: boxes that the model can return for an image, if it has a limit.
    """

    def __init__(
        self,
        model: nn.Module,
        pipeline: Callable[[dict], dict],
        *,
        recipe_texts: Sequence[str] = (),
        max_per_image: int | None = None,
    ) -> None:
        self.model = model
        self.recipe_texts = tuple(recipe_texts)
        self._pipeline = pipeline
        self._max_per_image = max_per_image
        self._active: tuple[tuple[str, ...], bool] | None = None

    @classmethod
    def from_checkpoint(
        cls,
        config: str | Path | Config,
        checkpoint: str | Path | None = None,
        device: str = 'auto',
        *,
        cfg_options: dict[str, Any] | Sequence[str] | None = None,
        trust_checkpoint: bool = False,
    ) -> Predictor:
        """Build the detector of a recipe and load its weights.

        Args:
            config: recipe, or what ``load_config`` made of it; its test pipeline prepares the
                images.
            checkpoint: weights; by default the recipe's ``load_from``. Without either the
                weights are random, which is of use in tests only.
            device: ``'auto'`` (the first GPU, else the CPU), or as torch names it.
            cfg_options: values that replace the recipe's: ``{'model.test_cfg.score_thr': 0.1}``,
                or ``['model.test_cfg.score_thr=0.1']``.
            trust_checkpoint: load a file of your own that carries code.

        Raises:
            InputFileNotFoundError, InputKeyError, InputValueError: the recipe or the
                checkpoint can't be used, or there is no such device.
        """
        compat.install()
        target = torch_device(device)
        recipe = _recipe(config, cfg_options)
        scope = recipe.get('default_scope') or 'mmdet'
        with registry_errors(recipe), DefaultScope.overwrite_default_scope(scope):
            model = MODELS.build(recipe.model)
            pipeline = array_pipeline(recipe)
            classes = _load(model, checkpoint or recipe.get('load_from'), trust_checkpoint)
            named = recipe_texts if hasattr(model, 'set_vocabulary') else trained_classes
            texts = named(recipe, classes)
        test_cfg = recipe.model.get('test_cfg') or {}
        return cls(
            model.to(target).eval(),
            pipeline,
            recipe_texts=texts,
            max_per_image=test_cfg.get('max_per_img'),
        )

    def predict(self, images: Images, texts: Sequence[str] | None = None, **options: Any):
        """The predictions of all ``images`` as a list; arguments as in ``stream``."""
        return list(self.stream(images, texts, **options))

    def stream(
        self,
        images: Images,
        texts: Sequence[str] | None = None,
        *,
        score_threshold: float = 0.05,
        max_boxes: int = 100,
        batch_size: int = 8,
        background: bool = False,
    ) -> Iterator[Prediction]:
        """Yield a ``Prediction`` for each image, in order, as soon as its batch is done.

        Args:
            images: a path, a folder, an array (H, W, 3) uint8 BGR, or an iterable of these.
            texts: what to look for, any number; encoded once for all images. By default the
                classes of the recipe.
            score_threshold: boxes with a lower score are left out.
            max_boxes: at most this many boxes an image, the best ones.
            batch_size: images that go through the network together.
            background: add the text ``' '``, which takes up what belongs to no text (models
                that were trained with padded texts are better with it). Never predicted.

        Raises:
            InputValueError: a text is blank or there twice, the detector takes no texts,
                an image can't be used, or more boxes are asked for than the model returns.
        """
        self.check_arguments(score_threshold, max_boxes, batch_size)
        vocabulary = self._vocabulary(texts)
        items = enumerate(self._usable(_arrays(images)))
        while batch := list(itertools.islice(items, batch_size)):
            self._activate(vocabulary, background)
            for index, name, image, found in self._forward(batch):
                yield _prediction(
                    name or f'array {index}', image, found, vocabulary, score_threshold, max_boxes
                )

    def require_usable(self, name: str, image: np.ndarray) -> None:
        """Raise InputValueError for an image of which the test pipeline leaves no pixel."""
        if max(image.shape[:2]) < LEAST_ELONGATED_RATIO * min(image.shape[:2]):
            return
        try:
            self._pipeline({'img': image, 'img_id': 0})
        except cv2.error as error:
            explain_elongated(image.shape[:2], name)
            raise error

    def _usable(self, named: Iterable[tuple[str, np.ndarray]]) -> Iterator[tuple[str, np.ndarray]]:
        for index, (name, image) in enumerate(named):
            self.require_usable(name or f'array {index}', image)
            yield name, image

    def check_arguments(self, score_threshold: float, max_boxes: int, batch_size: int) -> None:
        """Raise InputValueError for values that ``stream`` can't use."""
        if not 0 <= score_threshold <= 1:
            raise InputValueError(
                f'score_threshold: expected a value from 0 to 1, found {score_threshold}.'
            )
        if batch_size < 1 or max_boxes < 1:
            raise InputValueError(
                'batch_size and max_boxes: expected at least 1, '
                f'found {batch_size} and {max_boxes}.'
            )
        if self._max_per_image is not None and max_boxes > self._max_per_image:
            raise InputValueError(
                f'max_boxes: the recipe returns at most {self._max_per_image} boxes an image, '
                f'asked for {max_boxes}; raise model.test_cfg.max_per_img (--cfg-options).'
            )

    def _vocabulary(self, texts: Sequence[str] | None) -> tuple[str, ...]:
        takes_texts = hasattr(self.model, 'set_vocabulary')
        if texts is None:
            if takes_texts and not self.recipe_texts:
                raise InputValueError('texts: the recipe names no classes; give the texts.')
            return self.recipe_texts
        if not takes_texts:
            raise InputValueError(
                f'texts: {type(self.model).__name__} finds a fixed list of '
                f'{len(self.recipe_texts)} classes and takes no texts; leave them out.'
            )
        if isinstance(texts, str):
            raise InputValueError(f'texts: expected a list, found one string; write [{texts!r}].')
        return tuple(Vocabulary.from_names(list(texts), source='texts').names)

    def _activate(self, vocabulary: tuple[str, ...], background: bool) -> None:
        """Encode the texts, unless the detector has these already."""
        if self._active != (vocabulary, background) and hasattr(self.model, 'set_vocabulary'):
            self.model.set_vocabulary(list(vocabulary), background=background)
            self._active = (vocabulary, background)

    @torch.inference_mode()
    def _forward(self, batch: list[tuple[int, tuple[str, np.ndarray]]]) -> list[tuple]:
        """(index, name, image, pred_instances) of each; only images of one size are stacked."""
        packed = [self._pipeline({'img': image, 'img_id': index}) for index, (_, image) in batch]
        samples: list[Any] = []
        for _, group in itertools.groupby(packed, key=lambda item: tuple(item['inputs'].shape)):
            members = list(group)
            data = {
                'inputs': [member['inputs'] for member in members],
                'data_samples': [member['data_samples'] for member in members],
            }
            samples.extend(self.model.test_step(data))
        return [
            (index, name, image, sample.pred_instances)
            for (index, (name, image)), sample in zip(batch, samples, strict=True)
        ]


def _recipe(config: str | Path | Config, cfg_options: Any) -> Config:
    if not isinstance(config, Config):
        return load_config(config, cfg_options)
    return apply_options(copy.deepcopy(config), cfg_options) if cfg_options else config


def torch_device(name: str) -> torch.device:
    """The device of a ``--device`` argument; InputValueError if it is not there."""
    if name == 'auto':
        return torch.device('cuda' if torch.cuda.is_available() else 'cpu')
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise InputValueError(
            f'device: expected auto, cpu, cuda or cuda:<index>, found {name!r}.'
        ) from error
    if device.type == 'cuda' and (device.index or 0) >= torch.cuda.device_count():
        raise InputValueError(
            f'device: {name!r} is not there (torch sees {torch.cuda.device_count()} GPUs); '
            "use 'auto' or 'cpu'."
        )
    return device


def _load(model: nn.Module, checkpoint: str | Path | None, trust: bool) -> list[str]:
    """Load the weights; the names of the classes that they were trained with."""
    if checkpoint is None:
        print_log('no checkpoint: the weights are random.', 'current', logging.WARNING)
        return []
    with trusted_checkpoints(trust):
        content = load_checkpoint_file(checkpoint)
    load_weights(model, content, source=str(checkpoint), same_shapes=True)
    dataset_meta = (content.get('meta') or {}).get('dataset_meta') or {}
    # mmdet 2 wrote capitals
    return list(dataset_meta.get('classes') or dataset_meta.get('CLASSES') or ())


def _arrays(images: Images) -> Iterator[tuple[str, np.ndarray]]:
    """(path or '', BGR array) of everything in ``images``; files are read when their turn comes."""
    if isinstance(images, np.ndarray):
        yield '', _checked_array(images)
    elif isinstance(images, str | Path):
        for path in list_images(images):
            yield str(path), read_image(path)
    else:
        for image in images:
            yield from _arrays(image)


def _checked_array(image: np.ndarray) -> np.ndarray:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise InputValueError(
            f'images: expected an array (H, W, 3), uint8, BGR, found {image.shape} {image.dtype}.'
        )
    return image


def _prediction(
    name: str,
    image: np.ndarray,
    found: Any,
    texts: tuple[str, ...],
    score_threshold: float,
    max_boxes: int,
) -> Prediction:
    scores = found.scores.float().cpu().numpy()
    order = np.argsort(-scores, kind='stable')
    order = order[scores[order] >= score_threshold][:max_boxes]
    boxes = getattr(found.bboxes, 'tensor', found.bboxes)
    return Prediction(
        name,
        (image.shape[1], image.shape[0]),
        boxes.float().cpu().numpy()[order].reshape(-1, 4),
        scores[order],
        found.labels.cpu().numpy()[order].astype(np.int64),
        texts,
    )
