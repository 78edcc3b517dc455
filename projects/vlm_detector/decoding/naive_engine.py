"""One picture after the other through transformers' own ``generate``: the reference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from mmengine.registry import MODELS
from torch import Tensor, nn

from vl_runtime.compat.optional import require
from vlm_detector.decoding.answer_text import answer_of
from vlm_detector.decoding.generated_answer import GeneratedAnswer
from vlm_detector.decoding.generation_mode import generation_mode
from vlm_detector.decoding.generation_request import GenerationRequest

if TYPE_CHECKING:
    from vlm_detector.codecs.box_codec import BoxCodec
    from vlm_detector.families.conversation_encoder import ConversationEncoder


@MODELS.register_module()
class NaiveEngine:
    """Greedy answers, one conversation at a time.

    Slow; what ``BatchedGreedyEngine`` is compared with.

    Args:
        max_new_tokens: limit of an answer, the end token included.
    """

    def __init__(self, max_new_tokens: int = 1024) -> None:
        self.max_new_tokens = max_new_tokens

    def generate(
        self,
        vlm: nn.Module,
        encoder: ConversationEncoder,
        codec: BoxCodec,
        requests: Sequence[GenerationRequest],
    ) -> list[GeneratedAnswer]:
        """Answers in the order of the requests."""
        with generation_mode(vlm) as model:
            model.generation_config = _greedy(encoder, self.max_new_tokens)
            return [_answer(model, encoder, request) for request in requests]


class _ChosenProbability:
    """Notes how probable the token is that greedy search takes; changes nothing."""

    def __init__(self) -> None:
        self.logprobs: list[float] = []

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        values = scores[0].float()
        self.logprobs.append(float(values.max() - values.logsumexp(-1)))
        return scores


def _answer(
    model: nn.Module, encoder: ConversationEncoder, request: GenerationRequest
) -> GeneratedAnswer:
    ids = encoder.prompt_ids(request.prompt, request.image)
    batch = encoder.batch([{'image': request.image, 'prompt_ids': ids}], side='left')
    batch = {name: value.to(model.device) for name, value in batch.items()}
    start = batch['input_ids'].shape[1]
    if encoder.decoder_prefix_ids:
        batch['pixel_values'] = batch['pixel_values'].to(model.dtype)
        batch['decoder_input_ids'] = torch.tensor([encoder.decoder_prefix_ids]).to(model.device)
        start = len(encoder.decoder_prefix_ids)
    noted = _ChosenProbability()
    tokens = model.generate(**batch, logits_processor=[noted])[0, start:].tolist()
    finished = bool(tokens) and tokens[-1] in encoder.end_token_ids
    kept = tokens[:-1] if finished else tokens
    return answer_of(encoder, kept, noted.logprobs[: len(kept)], finished=finished)


def _greedy(encoder: ConversationEncoder, max_new_tokens: int) -> object:
    """Settings that replace those of the model folder, which may sample or punish repetition."""
    transformers = require('transformers', 'Generation', "pip install 'mmground[vlm]'")
    start = encoder.decoder_prefix_ids[0] if encoder.decoder_prefix_ids else None
    return transformers.GenerationConfig(
        do_sample=False,
        num_beams=1,
        max_new_tokens=max_new_tokens,
        eos_token_id=list(encoder.end_token_ids),
        pad_token_id=encoder.pad_token_id,
        decoder_start_token_id=start,
        use_cache=True,
    )
