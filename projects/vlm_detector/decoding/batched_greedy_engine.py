"""Greedy answers for many requests at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from mmengine.registry import MODELS
from torch import nn

from vl_runtime.errors import InputValueError
from vlm_detector.decoding.answer_text import answer_of
from vlm_detector.decoding.box_grammar import BoxGrammar
from vlm_detector.decoding.causal_rows import CausalRows
from vlm_detector.decoding.encoder_decoder_rows import EncoderDecoderRows
from vlm_detector.decoding.generated_answer import GeneratedAnswer
from vlm_detector.decoding.generation_mode import generation_mode
from vlm_detector.decoding.generation_request import GenerationRequest
from vlm_detector.decoding.greedy_search import Draft, Rows, greedy_search
from vlm_detector.decoding.request_groups import RequestGroup, group_requests, size_buckets

if TYPE_CHECKING:
    from vlm_detector.codecs.box_codec import BoxCodec
    from vlm_detector.families.conversation_encoder import ConversationEncoder


@MODELS.register_module()
class BatchedGreedyEngine:
    """The answers of ``NaiveEngine``, several rows at a time.

    Prompts of similar length are batched; keys and values are kept; a row that has ended
    leaves its batch. Always greedy, without any penalty, whatever the model folder's
    generation settings say. The model is left as it was.

    Args:
        max_new_tokens: limit of an answer, the end token included.
        batch_size: rows that are generated together.
        grammar: ``dict(type='BoxGrammar', ...)`` for boxes that always parse; None for the
            model's own words. Reported parse rates mean nothing with a grammar.
        jump_forward: text that the grammar forces is read in one step with the choice before
            it; the answers are the same. For models that continue their prompt.
        reuse_prefix: requests with the same ``image_key`` share what is computed for the
            picture (and for the words that their prompts begin with).
    """

    def __init__(
        self,
        max_new_tokens: int = 1024,
        batch_size: int = 16,
        *,
        grammar: Mapping | None = None,
        jump_forward: bool = True,
        reuse_prefix: bool = True,
    ) -> None:
        for name, value in (('max_new_tokens', max_new_tokens), ('batch_size', batch_size)):
            if not isinstance(value, int) or value < 1:
                raise InputValueError(f'decode.{name}: expected an integer >= 1, found {value!r}.')
        self.max_new_tokens = max_new_tokens
        self.batch_size = batch_size
        self.grammar: BoxGrammar | None = None if grammar is None else MODELS.build(dict(grammar))
        self.jump_forward = jump_forward
        self.reuse_prefix = reuse_prefix

    def generate(
        self,
        vlm: nn.Module,
        encoder: ConversationEncoder,
        codec: BoxCodec,
        requests: Sequence[GenerationRequest],
    ) -> list[GeneratedAnswer]:
        """Answers in the order of the requests.

        Raises:
            InputValueError: the answers may get longer than the decoder's position table, the
                grammar doesn't know the codec, or memory ran out.
        """
        drafts = [Draft(cursor) for cursor in self._cursors(encoder, codec, requests)]
        prompts = _prompt_ids(encoder, requests)
        groups = group_requests(requests, prompts, by_image=self.reuse_prefix)
        with generation_mode(vlm) as model:
            self._check_length(model, encoder)
            for batch in size_buckets(groups, self.batch_size):
                for indices, rows in self._rows(model, encoder, batch):
                    greedy_search(
                        rows,
                        [drafts[index] for index in indices],
                        end_token_ids=encoder.end_token_ids,
                        max_new_tokens=self.max_new_tokens,
                        jump_forward=self.jump_forward,
                    )
        return [answer_of(encoder, d.token_ids, d.logprobs, finished=d.finished) for d in drafts]

    def _cursors(
        self,
        encoder: ConversationEncoder,
        codec: BoxCodec,
        requests: Sequence[GenerationRequest],
    ) -> list:
        cursors: list = [None] * len(requests)
        boxes = [index for index, one in enumerate(requests) if one.answer == 'boxes']
        if self.grammar is not None and boxes:
            found = self.grammar.cursors(
                encoder,
                codec,
                [requests[index] for index in boxes],
                max_new_tokens=self.max_new_tokens,
            )
            for index, cursor in zip(boxes, found, strict=True):
                cursors[index] = cursor
        return cursors

    def _rows(
        self, model: nn.Module, encoder: ConversationEncoder, groups: Sequence[RequestGroup]
    ) -> Iterator[tuple[list[int], Rows]]:
        """The rows of a batch: all at once, or in parts where one picture has too many."""
        members = [
            (picture, index, prompt)
            for picture, group in enumerate(groups)
            for index, prompt in zip(group.indices, group.prompts, strict=True)
        ]
        parts = [
            members[start : start + self.batch_size]
            for start in range(0, len(members), self.batch_size)
        ]
        images = [group.image for group in groups]
        if encoder.family.encoder_decoder:
            for part in parts:
                prompts = [(picture, prompt) for picture, _, prompt in part]
                yield [i for _, i, _ in part], EncoderDecoderRows(model, encoder, images, prompts)
            return
        if len(members) == len(groups):
            prompts = [(images[picture], prompt) for picture, _, prompt in members]
            yield [i for _, i, _ in members], CausalRows(model, encoder, prompts)
            return
        common = [group.common_length() for group in groups]
        starts = [
            (group.image, group.prompts[0][:length])
            for group, length in zip(groups, common, strict=True)
        ]
        prefix = CausalRows(model, encoder, starts)
        for part in parts:
            rows = prefix.branch([picture for picture, _, _ in part])
            rows.step([prompt[common[picture] :] for picture, _, prompt in part])
            yield [i for _, i, _ in part], rows

    def _check_length(self, model: nn.Module, encoder: ConversationEncoder) -> None:
        """A learnt position table has an end; running over it is a crash or worse."""
        if not encoder.family.encoder_decoder:
            return
        room = model.config.get_text_config().max_position_embeddings
        needed = self.max_new_tokens + len(encoder.decoder_prefix_ids)
        if needed > room:
            raise InputValueError(
                f'decode.max_new_tokens: expected at most '
                f'{room - len(encoder.decoder_prefix_ids)} for this model (its decoder has '
                f'{room} positions), found {self.max_new_tokens}.'
            )


def _prompt_ids(
    encoder: ConversationEncoder, requests: Sequence[GenerationRequest]
) -> list[list[int]]:
    """Prompt tokens per request; equal prompts with equally large pictures are tokenised once."""
    known: dict[tuple, list[int]] = {}
    for request in requests:
        key = (request.prompt, request.image.num_tokens)
        if key not in known:
            known[key] = encoder.prompt_ids(request.prompt, request.image)
    return [known[request.prompt, request.image.num_tokens] for request in requests]
