"""Qwen3-VL-2B behind a server (vLLM, SGLang) on your own boxes; its weights are not needed here.

Serve a merged model with the same `model_root` (tools/merge_adapter.py), then test without a
checkpoint; `model.decode.url` and `model.decode.model` say where it is and what it is called.

Train: with qwen3_vl_2b_lora_own.py
Test:  python tools/test.py <this file> --out answers.jsonl \
           --cfg-options model_root=FOLDER model.decode.url=http://localhost:8000/v1
"""

_base_ = ['./qwen3_vl_2b_lora_own.py']
model = dict(
    _delete_=True,
    type='ServedVLMDetector',
    family='qwen3_vl',
    model=dict(source=_base_.model_root, **_base_.qwen3_vl_2b_pixels),
    decode=dict(type='OpenAIEngine', url='http://localhost:8000/v1', model='qwen3_vl_2b'),
)
