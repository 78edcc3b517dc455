"""Qwen3-VL-2B with QLoRA on COCO 2017: the language model in 4 bits, adapters in float32.

Needs bitsandbytes (pip install bitsandbytes) and a GPU that it supports. Merge the adapter with
tools/merge_adapter.py: into the unquantised weights.

Train: ./tools/dist_train.sh configs/finetune/qwen3_vl_2b_qlora_coco.py 8 --amp
Test:  ./tools/dist_test.sh configs/finetune/qwen3_vl_2b_qlora_coco.py BEST 8
(BEST: work_dirs/qwen3_vl_2b_qlora_coco/best.pth). Score: not measured here.
"""

_base_ = ['./qwen3_vl_2b_lora_coco.py']
model = dict(quantization=_base_.vlm_nf4, gradient_checkpointing=True)
