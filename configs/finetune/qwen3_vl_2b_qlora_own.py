"""Qwen3-VL-2B with QLoRA on your own boxes: the language model in 4 bits, adapters in float32.

Needs bitsandbytes (pip install bitsandbytes) and a GPU that it supports. Merge the adapter with
tools/merge_adapter.py: into the unquantised weights.

Train: python tools/train.py <this file> --cfg-options data_root=data/mine/ model_root=FOLDER
Test:  python tools/test.py <this file> work_dirs/qwen3_vl_2b_qlora_own/best.pth
"""

_base_ = ['./qwen3_vl_2b_lora_own.py']
model = dict(quantization=_base_.vlm_nf4, gradient_checkpointing=True)
