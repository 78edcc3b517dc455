"""Answers from a running server (vLLM, SGLang) with OpenAI's interface."""

from __future__ import annotations

import base64
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from mmengine.logging import print_log
from mmengine.registry import MODELS

from vl_runtime.errors import InputValueError
from vlm_detector.decoding.answer_text import character_spans
from vlm_detector.decoding.chat_server import ChatServer
from vlm_detector.decoding.generated_answer import GeneratedAnswer
from vlm_detector.decoding.generation_request import GenerationRequest
from vlm_detector.decoding.token_index import token_index_of
from vlm_detector.families.model_picture import model_picture

if TYPE_CHECKING:
    from torch import nn

    from vlm_detector.codecs import BoxCodec
    from vlm_detector.families.conversation_encoder import ConversationEncoder


@MODELS.register_module()
class OpenAIEngine:
    """Sends every request to ``/chat/completions``: temperature 0, token probabilities asked for.

    The picture goes as PNG at the size that the model sees, with the pixel limits of the
    model's encoder, so the server's own limits change nothing. The chat template is the
    server's: it has to serve the same model.

    Args:
        url: of the server, with ``/v1``.
        model: the name under which the server knows the model.
        concurrency: requests that are under way at a time; the server batches them.
        max_new_tokens: limit of an answer, the end token included.
        timeout_s, retries, api_key_env: see ``ChatServer``.
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        concurrency: int = 16,
        max_new_tokens: int = 1024,
        timeout_s: float = 300.0,
        retries: int = 5,
        api_key_env: str | None = None,
    ) -> None:
        if not isinstance(concurrency, int) or concurrency < 1:
            raise InputValueError(
                f'OpenAIEngine.concurrency: expected an integer >= 1, found {concurrency!r}.'
            )
        self.server = ChatServer(
            url, model, timeout_s=timeout_s, retries=retries, api_key_env=api_key_env
        )
        self.concurrency = concurrency
        self.max_new_tokens = max_new_tokens

    def generate(
        self,
        vlm: nn.Module | None,
        encoder: ConversationEncoder,
        codec: BoxCodec,
        requests: Sequence[GenerationRequest],
    ) -> list[GeneratedAnswer]:
        """Answers in the order of the requests; ``vlm`` is not used.

        Raises:
            InputValueError: see ``ChatServer.complete``.
        """
        with ThreadPoolExecutor(self.concurrency) as pool:
            answers = list(pool.map(lambda request: self._answer(encoder, request), requests))
        missing = sum(not answer.has_logprobs for answer in answers)
        if missing:
            print_log(
                f'{self.server.url}: {missing} of {len(answers)} answers came without usable token '
                'probabilities; their boxes get the score 1, so AP depends on chance.',
                logger='current',
                level=logging.WARNING,
            )
        return answers

    def _answer(self, encoder: ConversationEncoder, request: GenerationRequest) -> GeneratedAnswer:
        content = self.server.complete(self._payload(encoder, request))
        try:
            choice = content['choices'][0]
            text = choice['message']['content'] or ''
            finished = choice['finish_reason'] == 'stop'
        except (KeyError, IndexError, TypeError) as error:
            raise InputValueError(
                f'{self.server.url}: expected a chat completion with choices, found '
                f'{str(content)[:80]!r}.'
            ) from error
        tokens = (choice.get('logprobs') or {}).get('content') or []
        return _with_tokens(encoder, text, tokens, finished=finished)

    def _payload(self, encoder: ConversationEncoder, request: GenerationRequest) -> dict[str, Any]:
        limits = {
            name: value
            for name, value in encoder.pixel_settings().items()
            if name in ('min_pixels', 'max_pixels')
        }
        content = [
            {'type': 'image_url', 'image_url': {'url': _data_url(request, encoder)}},
            {'type': 'text', 'text': request.prompt},
        ]
        return {
            'messages': [{'role': 'user', 'content': content}],
            'temperature': 0,
            'max_tokens': self.max_new_tokens,
            'logprobs': True,
            'skip_special_tokens': not encoder.family.encoder_decoder,
            **({'mm_processor_kwargs': limits} if limits else {}),
        }


def _data_url(request: GenerationRequest, encoder: ConversationEncoder) -> str:
    rgb = model_picture(request.image, encoder)
    _, png = cv2.imencode('.png', rgb[..., ::-1])
    return 'data:image/png;base64,' + base64.b64encode(png.tobytes()).decode('ascii')


def _with_tokens(
    encoder: ConversationEncoder, text: str, tokens: Sequence[dict], *, finished: bool
) -> GeneratedAnswer:
    """The answer, with probabilities where the server's tokens spell the text."""
    pieces = [_bytes_of(token) for token in tokens]
    whole = text.encode('utf-8')
    # Some servers list the end token too; it is no part of the text.
    count = next(
        (n for n, length in enumerate([0, *accumulate(map(len, pieces))]) if length == len(whole)),
        None,
    )
    if count is None or b''.join(pieces[:count]) != whole:
        return GeneratedAnswer(text, (), np.zeros(0), (), finished, has_logprobs=False)
    index = token_index_of(encoder.tokenizer)
    ids = []
    for piece in pieces[:count]:
        added = index.added_tokens.get(piece.decode('utf-8', errors='replace'))
        known = index.ids_of(piece.decode('latin-1')) or (-1,)
        ids.append(known[0] if added is None else added)
    borders = [0, *accumulate(map(len, pieces[:count]))]
    return GeneratedAnswer(
        text=text,
        token_ids=tuple(ids),
        logprobs=np.array([token['logprob'] for token in tokens[:count]], dtype=np.float64),
        token_spans=character_spans(whole, list(pairwise(borders))),
        finished=finished,
    )


def _bytes_of(token: dict) -> bytes:
    listed = token.get('bytes')
    return token.get('token', '').encode('utf-8') if listed is None else bytes(listed)
