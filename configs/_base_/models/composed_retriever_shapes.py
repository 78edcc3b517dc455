"""A Q-Former of 0.3 M parameters over the backbone of the YOLO that `make demo` trains, frozen.

The backbone sees 160 x 160 pixels, as in the demo; four of its maps become 5 x 5 tokens.
"""

retriever_shapes_size = 160
retriever_shapes_detector_root = 'work_dirs/demo/'
retriever_shapes_words = [
    'make the circle square triangle star red green blue yellow',
    'it bigger smaller turn into a add remove',
]
retriever_shapes = dict(
    type='ComposedRetriever',
    trunk=dict(
        type='FeatureMapTrunk',
        backbone=dict(
            type='mmyolo.YOLOv8CSPDarknet',
            last_stage_out_channels=1024,
            deepen_factor=0.33,
            widen_factor=0.25,
            norm_cfg=dict(type='BN', momentum=0.03, eps=0.001),
            out_indices=(1, 2, 3, 4),
        ),
        checkpoint=retriever_shapes_detector_root + 'best.pth',
        prefix='backbone.image_model.',
        image_size=retriever_shapes_size,
        patch_size=32,
    ),
    qformer=dict(
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=128,
        vocab_size=128,
        num_query_tokens=4,
        projection_dim=64,
        max_position_embeddings=64,
        cross_attention_frequency=1,
        dropout=0.0,
    ),
    tokenizer=dict(type='WordListTokenizer', words=retriever_shapes_words, max_tokens=10),
    data_preprocessor=dict(type='RetrievalPreprocessor', mean=(0, 0, 0), std=(1, 1, 1)),
)
