"""The picture that a model sees, back from what the image processor made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from vlm_detector.families.image_input import ImageInput

if TYPE_CHECKING:
    from vlm_detector.families.conversation_encoder import ConversationEncoder


def model_picture(image: ImageInput, encoder: ConversationEncoder) -> np.ndarray:
    """RGB (H, W, 3) uint8 of the model's size.

    A server that gets this picture resizes nothing, so it sees the same pixels and gives
    coordinates in the same frame. Exact for float32 pixels, one grey level off at most in
    half precision.
    """
    processor = encoder.processor.image_processor
    values = image.pixel_values.float()
    if image.grid_thw is not None:
        merge, patch = processor.merge_size, processor.patch_size
        _, rows, columns = image.grid_thw[0].tolist()
        # Patches come in windows of merge x merge; each holds channels, frames (equal), y, x.
        windows = values.reshape(
            rows // merge, columns // merge, merge, merge, 3, -1, patch, patch
        )[:, :, :, :, :, 0]
        values = windows.permute(4, 0, 2, 5, 1, 3, 6).reshape(3, rows * patch, columns * patch)
    mean = torch.tensor(processor.image_mean)[:, None, None]
    std = torch.tensor(processor.image_std)[:, None, None]
    levels = (values.cpu() * std + mean) / processor.rescale_factor
    return levels.round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).contiguous().numpy()
