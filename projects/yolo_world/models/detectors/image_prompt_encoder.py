"""Pictures of objects as prompts, with a small network trained on top of CLIP.

Letters: n pictures, S side of CLIP's input in pixels, D embedding width.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn import functional as F

from vl_runtime.errors import InputValueError
from vl_runtime.image_encoders.clip_image_encoder import CLIP_MEAN, CLIP_STD, check_picture
from vl_runtime.text_encoders.model_location import IMAGE_ENCODER, locate_model
from vl_runtime.text_encoders.pretrained import load_config, load_model


class ImagePromptEncoder(BaseModule):
    """CLIP's frozen image tower and a trained projector.

    A prompt is ``normalise(projector(e) + e)`` with e the unit vector of CLIP.

    Args:
        vision_encoder: hub name or folder of a CLIP model.
        img_size: S; None takes that of the model.
        dim: D.
        residual: add e. The published demo leaves it out when it uses its projector.

    Raises:
        InputFileNotFoundError: the model is in no folder, cache or reachable hub.
        InputValueError: its files are damaged, or its embeddings are not ``dim`` wide.

    Source: YOLO-World's image prompts (v2.1).
    """

    def __init__(
        self,
        vision_encoder: str,
        img_size: int | None = None,
        *,
        dim: int = 512,
        residual: bool = True,
    ) -> None:
        super().__init__()
        location = locate_model(vision_encoder, IMAGE_ENCODER)
        config = load_config(location, 'CLIPVisionConfig')
        if config.projection_dim != dim:
            raise InputValueError(
                f'model.prompt_dim: expected {config.projection_dim}, the width of the '
                f'embeddings of {vision_encoder}, found {dim}.'
            )
        self.image_encoder = load_model(location, 'CLIPVisionModelWithProjection', config)
        self.image_encoder.requires_grad_(False)
        self.img_size = img_size or config.image_size
        self.dim = dim
        self.residual = residual
        self.projector = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))
        self.register_buffer('img_mean', torch.tensor(CLIP_MEAN).reshape(1, 3, 1, 1))
        self.register_buffer('img_std', torch.tensor(CLIP_STD).reshape(1, 3, 1, 1))
        self.train(self.training)

    def forward(self, crops: Sequence[Tensor]) -> Tensor:
        """Prompts (n, D), L2-normalised, of n crops (3, H, W), RGB in 0..1, of any sizes."""
        embeds = self.embed(crops)
        prompts = self.projector(embeds)
        return F.normalize(prompts + embeds if self.residual else prompts, dim=-1)

    @torch.no_grad()
    def embed(self, crops: Sequence[Tensor]) -> Tensor:
        """CLIP's own unit vectors (n, D), in float32 even inside autocast."""
        size = (self.img_size, self.img_size)
        images = [
            F.interpolate(crop[None].float(), size, mode='bilinear', antialias=True)
            for crop in crops
        ]
        if not images:
            return self.img_mean.new_zeros(0, self.dim)
        images = (torch.cat(images).clamp(0, 1) - self.img_mean) / self.img_std
        with torch.autocast(images.device.type, enabled=False):
            embeds = self.image_encoder(pixel_values=images).image_embeds
        return F.normalize(embeds, dim=-1)

    def as_crops(self, images: Sequence[np.ndarray]) -> list[Tensor]:
        """Pictures (H, W, 3), uint8, BGR, as ``forward`` takes them.

        Raises:
            InputValueError: an array is no such picture.
        """
        crops = []
        for index, image in enumerate(images):
            check_picture(image, index)
            rgb = torch.from_numpy(np.ascontiguousarray(image[..., ::-1])).to(self.img_mean.device)
            crops.append(rgb.permute(2, 0, 1).float() / 255)
        return crops

    def train(self, mode: bool = True) -> ImagePromptEncoder:
        """Set the mode; CLIP stays in evaluation mode."""
        super().train(mode)
        self.image_encoder.eval()
        return self

    def init_weights(self) -> None:
        """Keep CLIP's weights: transformers models have a method of this name too."""

    def _load_from_state_dict(self, state_dict: dict, prefix: str, *args: Any) -> None:
        """Accept checkpoints of older transformers, which stored position indices."""
        for key in [key for key in state_dict if key.startswith(f'{prefix}image_encoder.')]:
            if key.endswith('embeddings.position_ids'):
                del state_dict[key]
        super()._load_from_state_dict(state_dict, prefix, *args)
