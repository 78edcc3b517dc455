"""Text encoders behind one interface: lists of texts in, unit vectors and a mask out.

``forward(texts: list of B lists of N strings) -> (feats (B, N, D) float32, mask (B, N) or
None)``; ``embed_dims`` is D and ``identity`` the key of the weights that are loaded.
Importing this package does not import transformers.
"""

from vl_runtime.text_encoders.hugging_clip_language_backbone import HuggingCLIPLanguageBackbone
from vl_runtime.text_encoders.hugging_sentence_language_backbone import (
    HuggingSentenceLanguageBackbone,
)
from vl_runtime.text_encoders.hugging_text_encoder import HuggingTextEncoder
from vl_runtime.text_encoders.pseudo_language_backbone import PseudoLanguageBackbone

__all__ = [
    'HuggingCLIPLanguageBackbone',
    'HuggingSentenceLanguageBackbone',
    'HuggingTextEncoder',
    'PseudoLanguageBackbone',
]
