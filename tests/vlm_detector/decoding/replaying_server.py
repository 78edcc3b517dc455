"""A small HTTP server with OpenAI's interface that replays recorded answers."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np

from vlm_detector.decoding import GeneratedAnswer
from vlm_detector.decoding.token_index import token_index_of
from vlm_detector.families import ConversationEncoder

MODEL = 'tiny'


class Replay:
    """What the server knows and what it was asked.

    Attributes:
        answers: (prompt, picture's bytes) -> body of the answer.
        failures: bodies of failures that come before the answers: (status, headers, body).
        asked: payloads in the order of their arrival.
    """

    def __init__(self) -> None:
        self.answers: dict[tuple[str, bytes], dict] = {}
        self.failures: list[tuple[int, dict, str]] = []
        self.asked: list[dict] = []
        self.keys: list[str | None] = []

    def record(
        self,
        encoder: ConversationEncoder,
        prompt: str,
        picture: np.ndarray,
        answer: GeneratedAnswer,
        *,
        logprobs: bool = True,
        end_token: bool = True,
    ) -> None:
        """Remember an answer; ``end_token`` lists it among the tokens as some servers do."""
        pieces = token_index_of(encoder.tokenizer).text_pieces(answer.token_ids)
        tokens = [
            {
                'token': piece.decode('utf-8', errors='replace'),
                'bytes': list(piece),
                'logprob': float(logprob),
            }
            for piece, logprob in zip(pieces, answer.logprobs, strict=True)
        ]
        if end_token and answer.finished:
            tokens.append({'token': '<|im_end|>', 'bytes': None, 'logprob': -0.5})
        self.answers[prompt, picture.tobytes()] = {
            'choices': [
                {
                    'message': {'role': 'assistant', 'content': answer.text},
                    'finish_reason': 'stop' if answer.finished else 'length',
                    'logprobs': {'content': tokens} if logprobs else None,
                }
            ]
        }

    def reply(self, payload: dict) -> tuple[int, dict, str]:
        """Status, headers and body for a request."""
        self.asked.append(payload)
        if self.failures:
            return self.failures.pop(0)
        if payload['model'] != MODEL:
            said = {'error': {'message': f'The model {payload["model"]} does not exist.'}}
            return 404, {}, json.dumps(said)
        picture, prompt = payload['messages'][0]['content']
        _, png = picture['image_url']['url'].split('base64,')
        bgr = cv2.imdecode(np.frombuffer(base64.b64decode(png), np.uint8), cv2.IMREAD_COLOR)
        known = self.answers[prompt['text'], np.ascontiguousarray(bgr[..., ::-1]).tobytes()]
        return 200, {}, json.dumps(known)


@contextmanager
def serving(replay: Replay) -> Iterator[str]:
    """The server's URL, with /v1, while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers['Content-Length']))
            replay.keys.append(self.headers.get('Authorization'))
            self._send(*replay.reply(json.loads(body)))

        def do_GET(self) -> None:
            self._send(200, {}, json.dumps({'data': [{'id': MODEL}]}))

        def log_message(self, *_: object) -> None:
            pass

        def _send(self, status: int, headers: dict, body: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode('utf-8'))

    server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f'http://127.0.0.1:{server.server_port}/v1'
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
