"""Training: optimiser wrappers, samplers and hooks of models that answer text."""

from vlm_detector.engine import optimizers
from vlm_detector.engine.adapter_export_hook import AdapterExportHook
from vlm_detector.engine.answer_samples_hook import AnswerSamplesHook
from vlm_detector.engine.length_grouped_sampler import LengthGroupedSampler
from vlm_detector.engine.prompt_agreement_hook import PromptAgreementHook
from vlm_detector.engine.task_order_sampler import TaskOrderSampler
from vlm_detector.engine.throughput_hook import ThroughputHook
from vlm_detector.engine.token_normalized_amp_optim_wrapper import TokenNormalizedAmpOptimWrapper
from vlm_detector.engine.token_normalized_cpu_amp_optim_wrapper import (
    TokenNormalizedCpuAmpOptimWrapper,
)
from vlm_detector.engine.token_normalized_optim_wrapper import TokenNormalizedOptimWrapper

__all__ = [
    'AdapterExportHook',
    'AnswerSamplesHook',
    'LengthGroupedSampler',
    'PromptAgreementHook',
    'TaskOrderSampler',
    'ThroughputHook',
    'TokenNormalizedAmpOptimWrapper',
    'TokenNormalizedCpuAmpOptimWrapper',
    'TokenNormalizedOptimWrapper',
    'optimizers',
]
