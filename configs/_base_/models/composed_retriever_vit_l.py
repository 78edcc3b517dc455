"""BLIP-2 with CLIP ViT-L/14 at 224 pixels (23 of its 24 blocks).

Its weights were released in LAVIS's layout only (blip2_pretrained_vitL.pth): put the file there, or
name it with `model.pretrained=FILE`.
"""

_base_ = ['./composed_retriever_vit_g.py']

composed_retriever_vit_l = dict(
    _base_.composed_retriever_vit_g,
    trunk=dict(
        type='CLIPTrunk',
        hidden_size=1024,
        num_hidden_layers=23,
        num_attention_heads=16,
        intermediate_size=4096,
        image_size=224,
        patch_size=14,
        dtype='float16',
    ),
    pretrained='checkpoints/blip2_pretrained_vitL.pth',
)
