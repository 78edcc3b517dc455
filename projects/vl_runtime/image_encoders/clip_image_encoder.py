"""CLIP's image tower: pictures to vectors in the space of its texts.

Letters: n pictures, S side of CLIP's input in pixels, D embedding width.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from vl_runtime.errors import InputValueError
from vl_runtime.text_encoders.model_location import IMAGE_ENCODER, locate_model
from vl_runtime.text_encoders.pretrained import load_config, load_model

# Of CLIP's training images, RGB in 0..1
CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)


class ClipImageEncoder:
    """L2-normalised image embeddings of a CLIP model, prepared as CLIP was trained.

    The short side of a picture becomes S (bicubic) and the centre is cut out.

    Args:
        model_name: folder or hub name of a whole CLIP model or its image tower.
        device: where it runs.
        batch_size: pictures in one pass.

    Raises:
        InputFileNotFoundError: the model is in no folder, cache or reachable hub.
        InputValueError: its files are damaged or not a CLIP image model.

    Source: Radford et al., arXiv:2103.00020.
    """

    def __init__(self, model_name: str, *, device: str = 'cpu', batch_size: int = 32) -> None:
        location = locate_model(str(model_name), IMAGE_ENCODER)
        config = load_config(location, 'CLIPVisionConfig')
        self.model = load_model(location, 'CLIPVisionModelWithProjection', config)
        self.model.eval().requires_grad_(False).to(device)
        self.image_size = config.image_size
        self.embed_dims = config.projection_dim
        self.batch_size = batch_size

    @torch.no_grad()
    def encode(self, images: Sequence[np.ndarray]) -> Tensor:
        """Embeddings (n, D) on the CPU of n pictures (H, W, 3), uint8, BGR.

        Raises:
            InputValueError: an array is no such picture.
        """
        device = next(self.model.parameters()).device
        parts = [torch.zeros(0, self.embed_dims)]
        for start in range(0, len(images), self.batch_size):
            batch = [
                self._prepare(image, start + place)
                for place, image in enumerate(images[start : start + self.batch_size])
            ]
            embeds = self.model(pixel_values=torch.stack(batch).to(device)).image_embeds
            parts.append(F.normalize(embeds.float(), dim=-1).cpu())
        return torch.cat(parts)

    def _prepare(self, image: np.ndarray, index: int) -> Tensor:
        check_picture(image, index)
        height, width = image.shape[:2]
        side = self.image_size
        scale = side / min(height, width)
        size_wh = max(side, int(width * scale)), max(side, int(height * scale))
        picture = Image.fromarray(np.ascontiguousarray(image[..., ::-1]))
        picture = picture.resize(size_wh, Image.Resampling.BICUBIC)
        left, top = (size_wh[0] - side) // 2, (size_wh[1] - side) // 2
        picture = picture.crop((left, top, left + side, top + side))
        values = torch.from_numpy(np.array(picture)).permute(2, 0, 1).float() / 255
        mean, std = torch.tensor(CLIP_MEAN), torch.tensor(CLIP_STD)
        return (values - mean[:, None, None]) / std[:, None, None]


def check_picture(image: np.ndarray, index: int) -> None:
    """``image`` is an array (H, W, 3), uint8, with at least one pixel.

    Raises:
        InputValueError: it is something else.
    """
    if (
        not isinstance(image, np.ndarray)
        or image.dtype != np.uint8
        or image.ndim != 3
        or image.shape[2] != 3
        or 0 in image.shape
    ):
        found = f'{getattr(image, "shape", type(image).__name__)} {getattr(image, "dtype", "")}'
        raise InputValueError(
            f'image prompt {index}: expected an array (height, width, 3), uint8, BGR, found '
            f'{found.strip()}.'
        )
