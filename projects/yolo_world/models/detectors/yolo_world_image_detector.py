"""YOLO-World that also takes pictures of objects as prompts.

Letters: B images, K classes, D embedding width, n prompts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from mmdet.structures import DetDataSample
from mmengine.registry import MODELS
from torch import Tensor
from torch.nn import functional as F

from vl_runtime.errors import InputValueError
from yolo_world.models.detectors.image_prompt_encoder import ImagePromptEncoder
from yolo_world.models.detectors.prompt_crops import crop_prompts, draw_prompts
from yolo_world.models.detectors.yolo_world_detector import Samples, YOLOWorldDetector


@MODELS.register_module()
class YOLOWorldImageDetector(YOLOWorldDetector):
    """``YOLOWorldDetector`` whose classes may be shown instead of named.

    Training: in every image, each class that has an object of at least 64 x 64 pixels is
    named by a crop of one such object (chosen at random) in place of its text. Only the
    projector of the image prompts is trained when the configuration freezes the rest, as
    the published one does.

    Use: ``setembeddings(encode_image_prompts(pictures))``, or embeddings of texts and
    pictures together.

    Args:
        *args, mm_neck, num_train_classes, num_test_classes, **kwargs: of
            ``YOLOWorldDetector``. The data preprocessor must give RGB in 0..1.
        prompt_dim: D.
        vision_model: hub name or folder of the CLIP model that sees the prompts.
        prompt_residual: see ``ImagePromptEncoder``.

    Raises:
        InputFileNotFoundError, InputValueError: the CLIP model can't be loaded, its width
            is not ``prompt_dim``, or images are normalised in another way.

    Source: YOLO-World's image prompts (v2.1).
    """

    def __init__(
        self,
        *args,
        prompt_dim: int = 512,
        vision_model: str = 'openai/clip-vit-base-patch32',
        prompt_residual: bool = True,
        **kwargs,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._check_preprocessor()
        self.image_prompt_encoder = ImagePromptEncoder(
            vision_model, dim=prompt_dim, residual=prompt_residual
        )

    def _check_preprocessor(self) -> None:
        """CLIP's normalisation is applied to crops of the prepared batch."""
        prepare = self.data_preprocessor
        mean, std = getattr(prepare, 'mean', None), getattr(prepare, 'std', None)
        swaps = getattr(prepare, '_channel_conversion', False)
        if mean is None or mean.any() or (std != 255).any() or not swaps:
            raise InputValueError(
                'YOLOWorldImageDetector: expected model.data_preprocessor with mean=[0, 0, 0], '
                'std=[255, 255, 255], bgr_to_rgb=True; the image prompts are cut out of its RGB '
                'images in 0..1.'
            )

    # ----------------------------------------------------------------- prompts

    @torch.no_grad()
    def encode_image_prompts(self, images: Sequence[np.ndarray]) -> Tensor:
        """Prompts (n, D), L2-normalised, of n pictures (H, W, 3), uint8, BGR.

        Each picture shows one object, and little else.

        Raises:
            InputValueError: an array is no such picture.
        """
        return self.image_prompt_encoder(self.image_prompt_encoder.as_crops(images))

    def setembeddings(self, embeddings: Tensor | None, names: Sequence[str] | None = None) -> None:
        """Look for these embeddings, whatever texts the images bring; None ends it.

        Args:
            embeddings: (n, D) or (1, n, D).
            names: n names, for the results; ``' '`` marks a background prompt, which
                competes for pixels but is never predicted.

        Raises:
            InputValueError: there are another number of names, or another width than D.
        """
        if embeddings is None:
            self.set_vocabulary(None)
            return
        width = self.image_prompt_encoder.dim
        if embeddings.dim() not in (2, 3) or embeddings.shape[-1] != width:
            raise InputValueError(
                f'expected embeddings of shape (number of prompts, {width}), found '
                f'{tuple(embeddings.shape)}.'
            )
        if names is None:
            names = [f'image prompt {index}' for index in range(embeddings.shape[-2])]
        self.set_vocabulary(names, text_feats=embeddings)
        self.has_embed = True

    def set_vocabulary(
        self,
        texts: Sequence[str] | None,
        background: bool = False,
        text_feats: Tensor | None = None,
    ) -> None:
        """See ``YOLOWorldDetector.set_vocabulary``; ends ``setembeddings``."""
        super().set_vocabulary(texts, background, text_feats)
        self.has_embed = False

    def _texts(self, batch_data_samples: Samples, batch_size: int | None = None) -> list[list[str]]:
        if self.has_embed and not self.training:
            return self.texts * (len(batch_data_samples) if batch_size is None else batch_size)
        return super()._texts(batch_data_samples, batch_size)

    # ---------------------------------------------------------------- training

    def extract_feat(
        self,
        batch_inputs: Tensor,
        batch_data_samples: dict | Sequence[DetDataSample] | None = None,
    ) -> tuple[tuple[Tensor, ...], Tensor, Tensor | None]:
        """As the parent; in training, classes of a collated batch are named by pictures."""
        if not self.training or not isinstance(batch_data_samples, dict):
            return super().extract_feat(batch_inputs, batch_data_samples)
        texts = self._texts(batch_data_samples, batch_size=len(batch_inputs))
        txt_feats, txt_masks = self._encode(texts, like=batch_inputs)
        feats = self._name_by_pictures(
            txt_feats, batch_inputs, batch_data_samples['bboxes_labels'].float()
        )
        img_feats = self.backbone.forward_image(batch_inputs)
        if self.with_neck:
            img_feats = self.neck(img_feats, feats) if self.mm_neck else self.neck(img_feats)
        return img_feats, feats, txt_masks

    def _name_by_pictures(self, txt_feats: Tensor, images: Tensor, rows: Tensor) -> Tensor:
        """Texts (B, K, D) with one crop's prompt in place of each class that has one."""
        chosen = rows[draw_prompts(rows)]
        prompts = self.image_prompt_encoder(crop_prompts(images, chosen))
        image, label = chosen[:, 0].long(), chosen[:, 1].long()
        feats = txt_feats.index_put((image, label), prompts.to(txt_feats))
        # A batch without a large object still has a gradient, zero.
        nothing = sum(p.sum() for p in self.image_prompt_encoder.projector.parameters()) * 0
        return F.normalize(feats, dim=-1) + nothing
