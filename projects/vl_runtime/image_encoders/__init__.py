"""Pictures as prompts: CLIP embeddings of images and of annotated boxes.

Importing this package does not import transformers.
"""

from vl_runtime.image_encoders.clip_image_encoder import ClipImageEncoder
from vl_runtime.image_encoders.image_prompts import (
    ImagePrompts,
    generate_image_prompts,
    prompts_from_boxes,
    prompts_from_images,
    write_prompts,
)
from vl_runtime.image_encoders.mixed_prompts import mix_prompts

__all__ = [
    'ClipImageEncoder',
    'ImagePrompts',
    'generate_image_prompts',
    'mix_prompts',
    'prompts_from_boxes',
    'prompts_from_images',
    'write_prompts',
]
