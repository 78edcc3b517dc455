"""LoRA on every linear layer of language model, projector and vision tower."""

vlm_lora = dict(parts=['language', 'projector', 'vision'], rank=16, alpha=32, dropout=0.05)
# 4-bit language model; vision tower, projector and output layer keep bfloat16.
vlm_nf4 = dict(type='bnb', bits=4, quant_type='nf4', double_quant=True, compute_dtype='bfloat16')
# Attention of the language model alone, what the launch scripts of Qwen adapt.
vlm_attention = r'.*language_model\.layers\.\d+\.self_attn\.[qkvo]_proj'
