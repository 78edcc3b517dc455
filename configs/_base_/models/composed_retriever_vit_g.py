"""BLIP-2 with EVA-CLIP ViT-g/14 at 224 pixels: 1,172,032,258 parameters, 186 M of them trained.

Starts from the weights of BLIP-2's first stage. With Salesforce/blip2-itm-vit-g-coco (364 pixels)
set trunk.image_size to 364 and the pipelines' sizes too. A file of SPRC becomes a load_from:
`python tools/convert_checkpoint.py tuned_recall_at1.pt --to composed_retriever --out sprc.pth`.
"""

composed_retriever_vit_g = dict(
    type='ComposedRetriever',
    trunk=dict(
        type='BLIP2Trunk',
        hidden_size=1408,
        num_hidden_layers=39,
        num_attention_heads=16,
        intermediate_size=6144,
        image_size=224,
        patch_size=14,
        dtype='float16',
    ),
    qformer=dict(
        hidden_size=768,
        num_hidden_layers=12,
        num_attention_heads=12,
        intermediate_size=3072,
        vocab_size=30523,
        num_query_tokens=32,
        projection_dim=256,
        max_position_embeddings=512,
        gradient_checkpointing=False,
    ),
    tokenizer=dict(type='PretrainedTokenizer', source='bert-base-uncased', max_tokens=32),
    pretrained='Salesforce/blip2-itm-vit-g',
    loss_weights=dict(itc=1.0, rtc=0.4, align=0.4, region=0.5),
)
