"""Open-vocabulary YOLO: finds what a list of texts names.

Letters: B images, K texts, T text width.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from mmdet.structures import DetDataSample
from mmengine.registry import MODELS, DefaultScope
from mmyolo.models.detectors import YOLODetector
from torch import Tensor, nn

from vl_runtime.errors import InputValueError
from yolo_world.models.detectors.fusion import fuse_detector
from yolo_world.models.detectors.text_lists import (
    BACKGROUND,
    check_vocabulary,
    texts_of_batch,
    visible_classes,
)

Samples = dict | Sequence[DetDataSample] | None


@MODELS.register_module()
class YOLOWorldDetector(YOLODetector):
    """Detector with an image backbone, a text encoder, a neck and a head.

    The texts come, in this order, from the data samples (key ``texts``: one list
    of K strings per image) or from the fixed vocabulary (``set_vocabulary``).
    Predicted labels are indexes into these texts; empty texts (padding) and the
    background text ``' '`` compete for pixels but are never predicted.

    Args:
        backbone, neck, bbox_head: configs of the parts. A type without a scope
            prefix is looked up in mmyolo first.
        train_cfg, test_cfg, data_preprocessor, init_cfg, use_syncbn: of mmyolo's
            ``YOLODetector``.
        mm_neck: the neck also gets the text features.
        num_train_classes, num_test_classes: informative; the number of classes
            is that of the texts.
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
    ) -> None:
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
        architecture = copy.deepcopy({'type': 'YOLOWorldDetector', 'mm_neck': mm_neck, **parts})
        with DefaultScope.overwrite_default_scope('mmyolo'):
            super().__init__(**parts, init_cfg=init_cfg)
        self.architecture = architecture
        self.mm_neck = mm_neck
        self._check_text_width()
        self.num_train_classes = num_train_classes
        self.num_test_classes = num_test_classes
        self.set_vocabulary(None)

    def _check_text_width(self) -> None:
        """Neck and head are made for the width of the text encoder's features."""
        text_model = getattr(self.backbone, 'text_model', None)
        width = getattr(text_model, 'embed_dims', None)
        head_module = getattr(self.bbox_head, 'head_module', None)
        for part, name, value in (
            ('neck', 'guide_channels', getattr(self.neck, 'guide_channels', None)),
            ('bbox_head.head_module', 'embed_dims', getattr(head_module, 'embed_dims', None)),
        ):
            if width is not None and value not in (None, width):
                raise InputValueError(
                    f'model.{part}.{name}: expected {width}, the width of the features of '
                    f'{type(text_model).__name__}, found {value}.'
                )

    def set_vocabulary(
        self,
        texts: Sequence[str] | None,
        background: bool = False,
        text_feats: Tensor | None = None,
    ) -> None:
        """Fix the texts for images that bring none of their own; None clears them.

        The texts are encoded here, once, with the weights that the text encoder
        has now: load the checkpoint first. Data samples that carry the same
        texts use the result too (outside training).

        Args:
            texts: one string per class.
            background: add ``' '`` as one more text. Models that were trained
                with padded texts are better with it; it is never predicted.
            text_feats: (K, T) or (1, K, T), used instead of encoding the texts
                (and the background, if there is one).

        Raises:
            InputValueError: no or wrong texts, features for another number of
                texts, or nothing to encode texts with.
        """
        if texts is None:
            self.texts, self.text_feats, self.text_masks = None, None, None
            return
        vocabulary = check_vocabulary(texts) + [BACKGROUND] * background
        text_masks = None
        if text_feats is None:
            with torch.no_grad():
                text_feats, text_masks = self.backbone.forward_text([vocabulary])
        elif text_feats.shape[-2] != len(vocabulary):
            raise InputValueError(
                f'expected features of {len(vocabulary)} texts, found {text_feats.shape[-2]}.'
            )
        self.texts = [vocabulary]
        self.text_feats = text_feats.reshape(1, *text_feats.shape[-2:])
        self.text_masks = text_masks

    def reparameterize(self, texts: Sequence[Sequence[str]]) -> None:
        """Fix the vocabulary; ``texts`` is a list with one inner list of strings.

        No weight changes. See ``set_vocabulary``.

        Raises:
            InputValueError: there isn't exactly one inner list of strings.
        """
        if len(texts) != 1 or isinstance(texts[0], str):
            raise InputValueError(
                f'expected one list of texts such as [["dog", "cat"]], found {texts!r}.'
            )
        self.set_vocabulary(texts[0])

    def fuse(self, conv_neck: bool = True) -> nn.Module:
        """The detector with the fixed vocabulary inside its weights; this one stays as it is.

        A ``SimpleYOLOWorldDetector`` without texts: smaller, faster, ready for export,
        with the same outputs. It shares the weights that don't depend on texts;
        its ``unfuse()`` returns this detector.

        Args:
            conv_neck: store the neck's classes as convolutions (as
                ``tools/reparameterize_yoloworld.py --conv-neck`` does) or as matrices.

        Raises:
            InputValueError: no vocabulary is set, or the neck or the head has no
                re-parameterised form; see ``reparameterize_state_dict``.
        """
        if self.texts is None:
            raise InputValueError('fuse: no vocabulary is set; call set_vocabulary(texts) first.')
        return fuse_detector(self, self.text_feats[0], self.texts[0], conv_neck)

    def loss(self, batch_inputs: Tensor, batch_data_samples: Samples) -> dict[str, Tensor]:
        """Losses of normalised images (B, 3, H, W); see ``YOLOWorldHead.loss_by_feat``."""
        features = self.extract_feat(batch_inputs, batch_data_samples)
        return self.bbox_head.loss(*features, batch_data_samples)

    def predict(
        self,
        batch_inputs: Tensor,
        batch_data_samples: Sequence[DetDataSample],
        rescale: bool = True,
    ) -> Sequence[DetDataSample]:
        """Add ``pred_instances`` (``bboxes``, ``scores``, ``labels``) to every sample.

        Args:
            batch_inputs: normalised images (B, 3, H, W).
            batch_data_samples: one sample per image, with or without ``texts``.
            rescale: boxes in pixels of the original image.
        """
        texts = self._texts(batch_data_samples)
        results = self.bbox_head.predict(
            *self.extract_feat(batch_inputs, batch_data_samples),
            batch_data_samples,
            rescale=rescale,
            visible_classes=visible_classes(texts, batch_inputs.device),
        )
        return self.add_pred_to_datasample(batch_data_samples, results)

    def _forward(
        self, batch_inputs: Tensor, batch_data_samples: Samples = None
    ) -> tuple[list[Tensor], ...]:
        """Raw output of the head: logits and distances per level."""
        return self.bbox_head(*self.extract_feat(batch_inputs, batch_data_samples))

    def extract_feat(
        self, batch_inputs: Tensor, batch_data_samples: Samples = None
    ) -> tuple[tuple[Tensor, ...], Tensor, Tensor | None]:
        """Image levels after the neck, text features (B, K, T), text mask (B, K) or None."""
        texts = self._texts(batch_data_samples, batch_size=len(batch_inputs))
        img_feats = self.backbone.forward_image(batch_inputs)
        txt_feats, txt_masks = self._encode(texts, like=batch_inputs)
        if self.with_neck:
            img_feats = self.neck(img_feats, txt_feats) if self.mm_neck else self.neck(img_feats)
        return img_feats, txt_feats, txt_masks

    def _texts(self, batch_data_samples: Samples, batch_size: int | None = None) -> list[list[str]]:
        """One list of texts per image: the batch's own, else the fixed vocabulary.

        A batch whose texts are the fixed vocabulary without its background text
        gets the background text too.
        """
        texts = texts_of_batch(batch_data_samples)
        if texts is None:
            if self.texts is None:
                raise InputValueError(
                    "no texts to look for: the data samples carry none (does PackDetInputs' "
                    "meta_keys hold 'texts'?) and no vocabulary is set (set_vocabulary)."
                )
            size = batch_size if batch_size is not None else len(batch_data_samples)
            return self.texts * size
        if self.texts is not None and not self.training:
            fixed = self.texts[0]
            without_background = fixed[:-1] if fixed[-1] == BACKGROUND else fixed
            if all(of_image == without_background for of_image in texts):
                return self.texts * len(texts)
        return texts

    def _encode(self, texts: list[list[str]], like: Tensor) -> tuple[Tensor, Tensor | None]:
        """Text features (B, K, T) on the device of ``like``, and mask.

        Images with the same texts share one encoding, and the fixed vocabulary is
        not encoded again.
        """
        batch_size = len(texts)
        if any(of_image != texts[0] for of_image in texts):
            return self.backbone.forward_text(texts)
        is_fixed = self.texts is not None and texts[0] == self.texts[0]
        # In training the stored features may be older than the text encoder's weights.
        if is_fixed and not (self.training and self.backbone.with_text_model):
            feats, masks = self.text_feats, self.text_masks
        else:
            feats, masks = self.backbone.forward_text(texts[:1])
        feats = feats.to(like).expand(batch_size, -1, -1)
        if masks is not None:
            masks = masks.to(like.device).expand(batch_size, -1)
        return feats, masks
