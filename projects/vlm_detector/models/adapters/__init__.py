"""What is trained of a pretrained model: adapters, parts, and the precision of the rest."""

from vlm_detector.models.adapters.base_sample import same_base, sample_base
from vlm_detector.models.adapters.lora import adapted_modules, add_lora
from vlm_detector.models.adapters.quantization import check_quantized, quantization_config
from vlm_detector.models.adapters.trainable_parts import (
    count_parameters,
    describe_parameters,
    train_only,
)

__all__ = [
    'adapted_modules',
    'add_lora',
    'check_quantized',
    'count_parameters',
    'describe_parameters',
    'quantization_config',
    'same_base',
    'sample_base',
    'train_only',
]
