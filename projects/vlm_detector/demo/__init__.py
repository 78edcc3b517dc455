"""The demo of vision-language models: from random weights to boxes, then LoRA, on a CPU."""

from vlm_detector.demo.run import VLMDemoResult, run_vlm_demo

__all__ = ['VLMDemoResult', 'run_vlm_demo']
