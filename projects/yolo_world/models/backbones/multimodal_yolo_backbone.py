"""One image model and one text model side by side."""

from __future__ import annotations

from mmengine.model import BaseModule
from mmengine.registry import MODELS, DefaultScope
from torch import Tensor

from vl_runtime.errors import InputValueError


@MODELS.register_module()
class MultiModalYOLOBackbone(BaseModule):
    """Image backbone plus text encoder.

    Args:
        image_model: config of the image backbone; a type without a scope prefix
            is looked up in mmyolo first.
        text_model: config of the text encoder, None without one.
        frozen_stages: -1, or the last frozen stage of the image model (0 is the
            stem, 4 freezes all of YOLOv8's backbone).
        with_text_model: False leaves the text encoder out (prompt-tuned and
            re-parameterised detectors).

    Raises:
        InputValueError: a text model is wanted and none is given, or
            ``frozen_stages`` is more than the image model has.
    """

    def __init__(
        self,
        image_model: dict,
        text_model: dict | None,
        frozen_stages: int = -1,
        with_text_model: bool = True,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        if with_text_model and text_model is None:
            raise InputValueError(
                'MultiModalYOLOBackbone: text_model is None but with_text_model=True; '
                'give a text_model or set with_text_model=False.'
            )
        with DefaultScope.overwrite_default_scope('mmyolo'):
            self.image_model = MODELS.build(image_model)
            self.text_model = MODELS.build(text_model) if with_text_model else None
        self.with_text_model = with_text_model
        self.frozen_stages = frozen_stages
        last_stage = len(getattr(self.image_model, 'layers', ())) - 1
        if frozen_stages > max(last_stage, -1):
            raise InputValueError(
                f'MultiModalYOLOBackbone: frozen_stages={frozen_stages}, but the last stage of '
                f'{type(self.image_model).__name__} is {last_stage}.'
            )
        self._freeze_stages()

    def _freeze_stages(self) -> None:
        if self.frozen_stages < 0:
            return
        for name in self.image_model.layers[: self.frozen_stages + 1]:
            getattr(self.image_model, name).eval().requires_grad_(False)

    def train(self, mode: bool = True) -> MultiModalYOLOBackbone:
        """Set training mode; frozen stages stay in evaluation mode."""
        super().train(mode)
        self._freeze_stages()
        return self

    def forward(
        self, image: Tensor, text: list[list[str]] | None
    ) -> tuple[tuple[Tensor, ...], tuple[Tensor, Tensor | None] | None]:
        """Encode images (B, 3, H, W) and, if there are any, B lists of K texts.

        Returns:
            Image levels fine to coarse, and the text model's pair (features
            (B, K, T), mask (B, K) or None), or None without texts or text model.
        """
        img_feats = self.forward_image(image)
        if text is None or not self.with_text_model:
            return img_feats, None
        return img_feats, self.forward_text(text)

    def forward_image(self, image: Tensor) -> tuple[Tensor, ...]:
        """Image levels, fine to coarse."""
        return self.image_model(image)

    def forward_text(self, text: list[list[str]]) -> tuple[Tensor, Tensor | None]:
        """Features (B, K, T) and mask (B, K) or None of B lists of K texts."""
        if not self.with_text_model:
            raise InputValueError(
                f'this detector has no text model to encode {text[0][:3]}...; '
                'set backbone.text_model, or give precomputed text features.'
            )
        return self.text_model(text)
