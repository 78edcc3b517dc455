"""YOLO-World with learned prompts, or with its vocabulary folded into the weights.

Letters: B images, K prompts, T prompt width.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from mmdet.structures import DetDataSample
from mmengine.config import ConfigDict
from mmengine.registry import MODELS, DefaultScope
from mmyolo.models.detectors import YOLODetector
from torch import Tensor, nn
from torch.nn import functional as F

from vl_runtime.errors import InputValueError
from yolo_world.embedding_file import load_embeddings
from yolo_world.models.detectors.fusion import fuse_detector


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
        background: the last class is the background text ``' '``: it competes for
            pixels and is never predicted.

    Attributes:
        texts: a list with the list of texts that ``YOLOWorldDetector.fuse`` made
            this detector of; None if it comes from a recipe, which has the names.

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
        background: bool = False,
    ) -> None:
        if reparameterized:
            bbox_head = _count_classes_by_logits(bbox_head)
        parts = {
            'backbone': backbone,
            'neck': neck,
            'bbox_head': bbox_head,
            'train_cfg': train_cfg,
            'test_cfg': test_cfg,
            'data_preprocessor': data_preprocessor,
            'use_syncbn': use_syncbn,
        }
        # A copy: the parent changes what it is given.
        architecture = copy.deepcopy(
            {'type': 'SimpleYOLOWorldDetector', 'mm_neck': mm_neck, 'background': background}
            | parts
        )
        with DefaultScope.overwrite_default_scope('mmyolo'):
            super().__init__(**parts, init_cfg=init_cfg)
        self.architecture = architecture
        self.texts: list[list[str]] | None = None
        self._source: tuple[nn.Module, ...] = ()
        self.background = background
        self.mm_neck = mm_neck
        self.num_train_classes = num_train_classes
        self.num_test_classes = num_test_classes
        self.reparameterized = reparameterized
        if reparameterized:
            return
        values = (
            _load_embeddings(embedding_path, prompt_dim)
            if embedding_path
            else F.normalize(torch.randn(num_prompts, prompt_dim), dim=-1)
        )
        self.embeddings = nn.Parameter(values, requires_grad=not freeze_prompt)
        self.adapter = _mlp_adapter(prompt_dim) if use_mlp_adapter else None

    def fuse(self, conv_neck: bool = True) -> SimpleYOLOWorldDetector:
        """The detector with its prompts inside the weights; see ``YOLOWorldDetector.fuse``.

        Raises:
            InputValueError: it is re-parameterised already, or the neck or the head
                has no re-parameterised form.
        """
        if self.reparameterized:
            raise InputValueError('fuse: this detector is re-parameterised already.')
        with torch.no_grad():
            prompts = self._prompts(1)[0]
        return fuse_detector(self, prompts, self.texts and self.texts[0], conv_neck)

    def unfuse(self) -> nn.Module:
        """The detector that ``fuse`` was called on, with its weights of now.

        Raises:
            InputValueError: this detector was not made by ``fuse``.
        """
        if not self._source:
            raise InputValueError(
                'unfuse: this detector was not made by fuse(); a re-parameterised checkpoint '
                'holds no text branch, load the source checkpoint instead.'
            )
        return self._source[0]

    def keep_source(self, source: nn.Module, texts: Sequence[str] | None) -> None:
        """Remember what this detector was fused from; for ``fuse_detector``."""
        self._source = (source,)  # in a tuple, so that it does not become a part of this model
        self.texts = None if texts is None else [list(texts)]

    def loss(
        self, batch_inputs: Tensor, batch_data_samples: dict | list[DetDataSample]
    ) -> dict[str, Tensor]:
        """Losses of normalised images (B, 3, H, W).

        Raises:
            InputValueError: the images have different texts, so that their labels are no
                indexes of the fixed classes.
        """
        _require_same_texts(batch_data_samples)
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
        features = self._head_inputs(batch_inputs)
        visible = {}
        if self.background:
            visible['visible_classes'] = self._all_but_last(features, len(batch_inputs))
        results = self.bbox_head.predict(*features, batch_data_samples, rescale=rescale, **visible)
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

    @property
    def num_classes(self) -> int:
        """Number of classes that can be predicted."""
        return self._num_outputs() - self.background

    def _num_outputs(self) -> int:
        if not self.reparameterized:
            return len(self.embeddings)
        module = self.bbox_head.head_module
        return getattr(module, 'num_guide', module.num_classes)

    def _all_but_last(self, features: tuple, batch_size: int) -> Tensor:
        """Which classes are answers: (B, K) bool."""
        device = features[0][0].device
        visible = torch.ones(batch_size, self._num_outputs(), dtype=torch.bool, device=device)
        visible[:, -1] = False
        return visible

    def _prompts(self, batch_size: int) -> Tensor:
        """The class embeddings, one copy per image: (B, K, T)."""
        prompts = self.embeddings
        if self.adapter is not None:
            prompts = F.normalize(self.adapter(prompts) + prompts, dim=-1)
        return prompts.expand(batch_size, -1, -1)


def _require_same_texts(batch_data_samples: dict | list[DetDataSample]) -> None:
    """Labels of sampled texts would teach the fixed classes at random."""
    texts = batch_data_samples.get('texts') if isinstance(batch_data_samples, dict) else None
    other = next((i for i, own in enumerate(texts or ()) if own != texts[0]), None)
    if other is not None:
        raise InputValueError(
            f'image {other} of this batch has the texts {texts[other][:3]}, image 0 has '
            f'{texts[0][:3]}: the classes of this model are fixed, and labels have to be their '
            'indexes; leave RandomLoadText out of the training pipeline (as '
            'configs/finetune/yolo_world_s_rep_own.py does).'
        )


def _count_classes_by_logits(bbox_head: dict) -> dict:
    """The head that a re-parameterised detector needs where ``YOLOv8Head`` is asked for."""
    if bbox_head['type'] in ('YOLOv8Head', 'mmyolo.YOLOv8Head'):
        return ConfigDict({**bbox_head, 'type': 'RepYOLOWorldHead'})
    return bbox_head


def _mlp_adapter(prompt_dim: int) -> nn.Sequential:
    """The small network on top of the prompts; what it gives is added to them."""
    return nn.Sequential(
        nn.Linear(prompt_dim, 2 * prompt_dim),
        nn.ReLU(inplace=True),
        nn.Linear(2 * prompt_dim, prompt_dim),
    )


def _load_embeddings(path: str, prompt_dim: int) -> Tensor:
    """Prompts (K, T) of an ``.npy`` file, float32."""
    values = load_embeddings(path)
    if values.shape[1] != prompt_dim:
        raise InputValueError(
            f'{path}: expected embeddings of shape (number of prompts, {prompt_dim}), '
            f'found {tuple(values.shape)}; prompt_dim is the width of the text encoder.'
        )
    return values
