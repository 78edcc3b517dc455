"""A retrieval model of 0.2 M parameters with random weights, for pictures of 64 x 64 pixels.

The trunk is the ViT of BLIP-2 with 8 x 8 + 1 tokens, frozen as it starts.
"""

composed_retriever_tiny_words = [
    'make change the to it turn into add remove put another one with without and keep but same',
    'circle square triangle star cross ring shape background left right top bottom small large',
    'red green blue yellow purple orange white black pink cyan bigger smaller instead of a an is',
]
composed_retriever_tiny = dict(
    type='ComposedRetriever',
    trunk=dict(
        type='BLIP2Trunk',
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=128,
        image_size=64,
        patch_size=8,
        initializer_range=0.1,
    ),
    qformer=dict(
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=128,
        vocab_size=192,
        num_query_tokens=8,
        projection_dim=32,
        max_position_embeddings=64,
        dropout=0.0,
        initializer_range=0.1,
    ),
    tokenizer=dict(type='WordListTokenizer', words=composed_retriever_tiny_words, max_tokens=16),
)
