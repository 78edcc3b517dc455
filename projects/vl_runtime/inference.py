"""One predictor for any detector of the toolkit: config and checkpoint in, boxes out.

predictor = Predictor.from_checkpoint('recipe.py', 'best.pth')
predictor.set_vocabulary(['red circle', 'helmet'])
detections = predictor.predict('street.jpg')[0].to_supervision()
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from mmengine.config import Config
from torch import nn

from vl_runtime.asked_task import AskedTask, task_named, tasks_of
from vl_runtime.errors import InputValueError
from vl_runtime.image_checks import LEAST_ELONGATED_RATIO, explain_elongated
from vl_runtime.image_inputs import Image, Images, named_images
from vl_runtime.image_prompts import ImageEncoder, prompt_features
from vl_runtime.opened_recipe import open_recipe
from vl_runtime.prediction import Prediction
from vl_runtime.prompt_vocabulary import PromptVocabulary
from vl_runtime.written_answer import WrittenAnswer


class Predictor:
    """Runs a detector on pictures, with the recipe's classes or with any texts.

    Args:
        model: a detector in evaluation mode, with ``test_step``; one that takes texts has
            ``set_vocabulary(texts, background=False)``, and takes ``text_feats=(K, D)`` too if
            features can be given instead; one that answers in words lists ``asked_tasks``.
        pipeline: turns ``dict(img=array, img_id=index)`` into ``dict(inputs, data_samples)``.
        recipe_texts: what is looked for when ``predict`` gets no texts.
        recipe_tasks: what the recipe's data are asked, of a model that answers in words.
        max_per_image: boxes that the model can return for an image, if it has a limit.

    Attributes:
        tasks: what the model can be asked, those of the recipe first; else empty.
    """

    def __init__(
        self,
        model: nn.Module,
        pipeline: Callable[[dict], dict],
        *,
        recipe_texts: Sequence[str] = (),
        recipe_tasks: Sequence[str] = (),
        max_per_image: int | None = None,
    ) -> None:
        self.model = model
        self.tasks = tasks_of(model, recipe_tasks)
        self.recipe_texts = tuple(recipe_texts)
        self._pipeline = pipeline
        self._max_per_image = max_per_image
        self._vocabulary: PromptVocabulary | None = None
        self._active: PromptVocabulary | None = None

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
            device: ``'auto'`` (the first GPU, NPU or MPS device, else the CPU), or as torch names
                it.
            cfg_options: values that replace the recipe's: ``{'model.test_cfg.score_thr': 0.1}``,
                or ``['model.test_cfg.score_thr=0.1']``.
            trust_checkpoint: load a file of your own that carries code.

        Raises:
            InputFileNotFoundError, InputKeyError, InputValueError: the recipe or the
                checkpoint can't be used, or there is no such device.
        """
        opened = open_recipe(
            config,
            checkpoint,
            device,
            cfg_options=cfg_options,
            trust_checkpoint=trust_checkpoint,
        )
        return cls(
            opened.model,
            opened.pipeline,
            recipe_texts=opened.texts,
            recipe_tasks=opened.tasks,
            max_per_image=opened.max_per_image,
        )

    @classmethod
    def from_onnx(cls, path: str | Path, device: str = 'auto') -> Predictor:
        """Open an ONNX file of ``tools/export_onnx.py``; no recipe and no checkpoint is needed.

        Args:
            path: the file; it tells its vocabulary and how pictures are prepared. Texts can
                be chosen if they are an input of the graph.
            device: ``auto``, ``cpu`` or ``cuda``.

        Raises:
            InputFileNotFoundError, InputValueError: the file can't be used, or onnxruntime
                is missing.
        """
        from vl_runtime.onnx_text_detector import open_onnx_detector

        detector = open_onnx_detector(path, device)
        return cls(
            detector,
            detector.pipeline(),
            recipe_texts=detector.texts_shown,
            max_per_image=detector.metadata.thresholds['keep_top_k'],
        )

    @property
    def texts(self) -> tuple[str, ...]:
        """What is looked for when ``predict`` gets no texts."""
        if self._vocabulary:
            return self._vocabulary.texts
        asked = self._asked(None)
        return asked.labels if asked and asked.texts == 'none' else self.recipe_texts

    @property
    def most_boxes(self) -> int | None:
        """Boxes that the model can return for an image, if it has a limit."""
        return self._max_per_image

    def set_vocabulary(
        self,
        texts: Sequence[str] | None,
        background: bool = False,
        text_feats: np.ndarray | torch.Tensor | None = None,
    ) -> None:
        """Look for these texts until told otherwise; None goes back to the recipe's classes.

        Args:
            texts: what to look for, any number.
            background: see ``stream``.
            text_feats: (K, D), used instead of encoding the K texts: embeddings that were
                computed before, or those of pictures. They are L2-normalised here.

        Raises:
            InputValueError: a text is blank or there twice, the detector takes no texts, or
                the features have another shape than (K, D).
        """
        if texts is None:
            self._vocabulary = None
            return
        vocabulary = self._checked(texts, background)
        if text_feats is not None:
            vocabulary = vocabulary.with_features(self.model, text_feats)
        self._activate(vocabulary)
        self._vocabulary = vocabulary

    def set_image_prompts(
        self,
        pictures: Mapping[str, Sequence[Image]],
        texts: Sequence[str] = (),
        *,
        encoder: ImageEncoder | None = None,
        background: bool = False,
    ) -> None:
        """Look for what pictures show, and for ``texts``, until told otherwise.

        Args:
            pictures: for each name one picture or more (paths, or arrays (H, W, 3) uint8 BGR)
                that show little else than the object; their embeddings are averaged.
            texts: looked for too; they come first in the vocabulary.
            encoder: has ``encode(arrays) -> (n, D)``, the image half of the CLIP model whose
                text half the detector has. Not needed by a detector that has an image
                encoder itself.

        Raises:
            InputFileNotFoundError, InputValueError: a picture can't be used, a name is there
                twice, or detector and encoder don't fit together.
        """
        vocabulary = self._checked([*texts, *pictures], background)
        named = {
            name: [array for _, array in named_images(shown)] for name, shown in pictures.items()
        }
        features = prompt_features(self.model, list(texts), named, encoder)
        self.set_vocabulary(vocabulary.texts, background, features)

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
        background: bool | None = None,
        task: str | None = None,
    ) -> Iterator[Prediction]:
        """Yield a ``Prediction`` for each image, in order, as soon as its batch is done.

        Args:
            images: a path, a folder, an array (H, W, 3) uint8 BGR, or an iterable of these.
            texts: what to look for, any number; encoded once for all images. By default what
                ``set_vocabulary`` was given, else the classes of the recipe.
            score_threshold: boxes with a lower score are left out.
            max_boxes: at most this many boxes an image, the best ones.
            batch_size: images that go through the network together.
            background: add the text ``' '``, which takes up what belongs to no text (models
                that were trained with padded texts are better with it). Never predicted. By
                default as ``set_vocabulary`` was told, else no.
            task: one of ``tasks``; by default the one that the recipe's model has.

        Raises:
            InputKeyError: the model can't be asked this.
            InputValueError: a text is blank or there twice, the detector takes no texts,
                an image can't be used, or more boxes are asked for than the model returns.
        """
        self.check_arguments(score_threshold, max_boxes, batch_size)
        vocabulary = self._looked_for(texts, background, self._asked(task))
        items = enumerate(self._usable(named_images(images)))
        while batch := list(itertools.islice(items, batch_size)):
            self._activate(vocabulary)
            for index, name, image, sample in self._forward(batch, task):
                yield Prediction.from_instances(
                    sample.pred_instances,
                    image=name or f'array {index}',
                    size_wh=(image.shape[1], image.shape[0]),
                    texts=vocabulary.texts,
                    score_threshold=score_threshold,
                    max_boxes=max_boxes,
                    answer=WrittenAnswer.of_sample(sample),
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

    def _asked(self, task: str | None) -> AskedTask | None:
        if task is not None:
            return task_named(task, self.tasks)
        own = getattr(self.model, 'task', None)
        return next((asked for asked in self.tasks if asked.name == own), None)

    def _looked_for(
        self, texts: Sequence[str] | None, background: bool | None, asked: AskedTask | None
    ) -> PromptVocabulary:
        if texts is not None:
            return self._checked(texts, bool(background))
        fixed = self._vocabulary
        if fixed is None and asked is not None and asked.texts == 'none':
            return PromptVocabulary(asked.labels)
        if fixed is None:
            if not self.recipe_texts and hasattr(self.model, 'set_vocabulary'):
                raise InputValueError('texts: the recipe names no classes; give the texts.')
            return PromptVocabulary(self.recipe_texts, bool(background))
        if background not in (None, fixed.background):
            raise InputValueError(
                f'background: the vocabulary was set with background={fixed.background}, found '
                f'{background}; leave it out here, or set the vocabulary again.'
            )
        return fixed

    def _checked(self, texts: Sequence[str], background: bool) -> PromptVocabulary:
        if not hasattr(self.model, 'set_vocabulary'):
            raise InputValueError(
                f'texts: {type(self.model).__name__} finds a fixed list of '
                f'{len(self.recipe_texts)} classes and takes no texts; leave them out.'
            )
        return PromptVocabulary.from_texts(texts, background)

    def _activate(self, vocabulary: PromptVocabulary) -> None:
        """Hand the vocabulary to the detector, unless it has this one already."""
        if (
            self._active != vocabulary
            and vocabulary.texts
            and hasattr(self.model, 'set_vocabulary')
        ):
            self._active = None  # what the detector has if it refuses is not known
            vocabulary.apply_to(self.model)
            self._active = vocabulary

    @torch.inference_mode()
    def _forward(
        self, batch: list[tuple[int, tuple[str, np.ndarray]]], task: str | None
    ) -> list[tuple]:
        """(index, name, image, data sample) of each; only images of one size are stacked."""
        asked = {} if task is None else {'task': task}
        packed = [
            self._pipeline({'img': image, 'img_id': index, **asked}) for index, (_, image) in batch
        ]
        samples: list[Any] = []
        for _, group in itertools.groupby(packed, key=_stacking_shape):
            members = list(group)
            data = {
                'inputs': [member['inputs'] for member in members],
                'data_samples': [member['data_samples'] for member in members],
            }
            samples.extend(self.model.test_step(data))
        return [
            (index, name, image, sample)
            for (index, (name, image)), sample in zip(batch, samples, strict=True)
        ]


def _stacking_shape(item: dict) -> tuple[int, ...]:
    """Equal for images that can be stacked; what a model takes as it is has none."""
    return tuple(getattr(item['inputs'], 'shape', ()))
