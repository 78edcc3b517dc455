"""YOLO-World with learned prompts, or with its vocabulary folded into the weights.

Letters: B images, K prompts, T prompt width.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from mmdet.structures import DetDataSample
from mmengine.config import ConfigDict
from mmengine.registry import MODELS, DefaultScope
from mmyolo.models.detectors import YOLODetector
from torch import Tensor, nn
from torch.nn import functional as F

from vl_runtime.errors import InputFileNotFoundError, InputValueError


@MODELS.register_module()
class SimpleYOLOWorldDetector(YOLODetector):
    """Detector without a text encoder: its classes are K prompt embeddings.

    The prompts are the parameter ``embeddings`` (K, T), from a file or random.
    When ``reparameterized``, they have become weights of the neck and the head,
    and the head is called with image features alone: ``YOLOv8Head`` in a recipe, for
    which ``RepYOLOWorldHead`` is built.

    Args:
        backbone, neck, bbox_head, train_cfg, test_cfg, data_preprocessor,
            init_cfg, use_syncbn, mm_neck: see ``YOLOWorldDetector``.
        num_train_classes, num_test_classes: informative; the number of classes is
            that of the prompts, or of a re-parameterised head's convolutions.
        prompt_dim: T.
        num_prompts: K, if there is no file.
        embedding_path: ``.npy`` file (K, T), e.g. text features of the classes.
        reparameterized: there are no prompts any more.
        freeze_prompt: don't train the prompts.
        use_mlp_adapter: add a small trained network on top of the prompts and
            normalise the result.

    Raises:
        InputFileNotFoundError: the embedding file is not there.
        InputValueError: the file holds another shape than (K, ``prompt_dim``).

    Source: YOLO-World's prompt tuning and re-parameterisation.
    """

    def __init__(
        self,
        backbone: dict,
        neck: dict,
        bbox_head: dict,
        train_cfg: dict | None = None,
        test_cfg: dict | None = None,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
        use_syncbn: bool = True,
        *,
        mm_neck: bool = False,
        num_train_classes: int = 80,
        num_test_classes: int = 80,
        prompt_dim: int = 512,
        num_prompts: int = 80,
        embedding_path: str = '',
        reparameterized: bool = False,
        freeze_prompt: bool = False,
        use_mlp_adapter: bool = False,
    ) -> None:
        if reparameterized:
            bbox_head = _count_classes_by_logits(bbox_head)
        with DefaultScope.overwrite_default_scope('mmyolo'):
            super().__init__(
                backbone=backbone,
                neck=neck,
                bbox_head=bbox_head,
                train_cfg=train_cfg,
                test_cfg=test_cfg,
                data_preprocessor=data_preprocessor,
                init_cfg=init_cfg,
                use_syncbn=use_syncbn,
            )
        self.mm_neck = mm_neck
        self.num_train_classes = num_train_classes
        self.num_test_classes = num_test_classes
        self.reparameterized = reparameterized
        if reparameterized:
            return
        values = (
            _load_embeddings(Path(embedding_path), prompt_dim)
            if embedding_path
            else F.normalize(torch.randn(num_prompts, prompt_dim), dim=-1)
        )
        self.embeddings = nn.Parameter(values, requires_grad=not freeze_prompt)
        self.adapter = (
            nn.Sequential(
                nn.Linear(prompt_dim, 2 * prompt_dim),
                nn.ReLU(inplace=True),
                nn.Linear(2 * prompt_dim, prompt_dim),
            )
            if use_mlp_adapter
            else None
        )

    def loss(
        self, batch_inputs: Tensor, batch_data_samples: dict | list[DetDataSample]
    ) -> dict[str, Tensor]:
        """Losses of normalised images (B, 3, H, W)."""
        features = self._head_inputs(batch_inputs)
        return self.bbox_head.loss(*features, batch_data_samples)

    def predict(
        self,
        batch_inputs: Tensor,
        batch_data_samples: Sequence[DetDataSample],
        rescale: bool = True,
    ) -> Sequence[DetDataSample]:
        """Add ``pred_instances`` (``bboxes``, ``scores``, ``labels``) to every sample.

        ``labels`` are indexes of prompts.
        """
        results = self.bbox_head.predict(
            *self._head_inputs(batch_inputs), batch_data_samples, rescale=rescale
        )
        return self.add_pred_to_datasample(batch_data_samples, results)

    def _forward(
        self, batch_inputs: Tensor, batch_data_samples: object = None
    ) -> tuple[list[Tensor], ...]:
        """Raw output of the head: logits and distances per level."""
        return self.bbox_head(*self._head_inputs(batch_inputs))

    def extract_feat(
        self, batch_inputs: Tensor, batch_data_samples: object = None
    ) -> tuple[tuple[Tensor, ...], Tensor | None]:
        """Image levels after the neck, and prompts (B, K, T); None if folded."""
        img_feats = self.backbone.forward_image(batch_inputs)
        txt_feats = None if self.reparameterized else self._prompts(len(batch_inputs))
        if self.with_neck:
            img_feats = self.neck(img_feats, txt_feats) if self.mm_neck else self.neck(img_feats)
        return img_feats, txt_feats

    def _head_inputs(self, batch_inputs: Tensor) -> tuple:
        """What the head takes before the samples; a folded head takes no texts."""
        img_feats, txt_feats = self.extract_feat(batch_inputs)
        return (img_feats,) if self.reparameterized else (img_feats, txt_feats, None)

    def _prompts(self, batch_size: int) -> Tensor:
        """The class embeddings, one copy per image: (B, K, T)."""
        prompts = self.embeddings
        if self.adapter is not None:
            prompts = F.normalize(self.adapter(prompts) + prompts, dim=-1)
        return prompts.expand(batch_size, -1, -1)


def _count_classes_by_logits(bbox_head: dict) -> dict:
    """The head that a re-parameterised detector needs where ``YOLOv8Head`` is asked for."""
    if bbox_head['type'] in ('YOLOv8Head', 'mmyolo.YOLOv8Head'):
        return ConfigDict({**bbox_head, 'type': 'RepYOLOWorldHead'})
    return bbox_head


def _load_embeddings(path: Path, prompt_dim: int) -> Tensor:
    """Prompts (K, T) of an ``.npy`` file, float32."""
    if not path.is_file():
        raise InputFileNotFoundError(
            f'{path}: embedding file not found; tools/generate_text_prompts.py writes one.'
        )
    values = np.load(path)
    if values.ndim != 2 or values.shape[1] != prompt_dim:
        raise InputValueError(
            f'{path}: expected embeddings of shape (number of prompts, {prompt_dim}), '
            f'found {values.shape}; prompt_dim is the width of the text encoder.'
        )
    return torch.from_numpy(values).float()
