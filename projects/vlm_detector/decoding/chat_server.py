"""Requests to a server with OpenAI's interface: retries, and errors in one line."""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from typing import Any

from vl_runtime.errors import InputValueError

_BUSY = (408, 409, 425, 429, 500, 502, 503, 504)
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 30.0


class ChatServer:
    """A running server.

    Args:
        url: up to and with ``/v1``.
        model: the name under which the server knows the model.
        timeout_s: longest time for one answer, seconds.
        retries: how often a busy or silent server is asked again, with growing pauses.
        api_key_env: environment variable that holds a key, for servers that want one.
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        timeout_s: float = 300.0,
        retries: int = 5,
        api_key_env: str | None = None,
    ) -> None:
        if not url.startswith(('http://', 'https://')):
            raise InputValueError(
                f'OpenAIEngine.url: expected a form like http://localhost:8000/v1, found {url!r}.'
            )
        self.url = url.rstrip('/')
        self.model = model
        self.timeout_s = timeout_s
        self.retries = retries
        self._key = _key(api_key_env)

    def complete(self, payload: dict[str, Any]) -> dict[str, Any]:
        """The server's answer to a chat completion.

        Raises:
            InputValueError: the server can't be reached, refuses the request or the model, stays
                busy, or answers something else.
        """
        for attempt in range(self.retries + 1):
            try:
                return self._post('/chat/completions', {'model': self.model, **payload})
            except urllib.error.HTTPError as error:
                if error.code not in _BUSY:
                    raise InputValueError(self._refusal(error)) from error
                problem, wait = f'status {error.code}', error.headers.get('Retry-After')
            except TimeoutError:
                problem, wait = f'no answer within {self.timeout_s:g} s', None
            except (urllib.error.URLError, ConnectionError) as error:
                reason = getattr(error, 'reason', error)
                if isinstance(reason, ConnectionRefusedError | OSError) and not isinstance(
                    reason, TimeoutError | ConnectionResetError
                ):
                    raise InputValueError(
                        f'{self.url}: no server can be reached ({reason}); start it (vllm serve '
                        f'{self.model}) or correct decode.url.'
                    ) from error
                problem, wait = str(reason) or type(reason).__name__, None
            if attempt < self.retries:
                time.sleep(_pause(attempt, wait))
        raise InputValueError(
            f'{self.url}: gave up after {self.retries + 1} attempts ({problem}); lower '
            'decode.concurrency, or look at the log of the server.'
        )

    def _post(self, path: str, payload: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {'Content-Type': 'application/json'}
        if self._key:
            headers['Authorization'] = f'Bearer {self._key}'
        body = None if payload is None else json.dumps(payload).encode('utf-8')
        request = urllib.request.Request(f'{self.url}{path}', data=body, headers=headers)
        with urllib.request.urlopen(request, timeout=self.timeout_s) as response:
            content = response.read()
        try:
            return json.loads(content)
        except ValueError as error:
            raise InputValueError(
                f'{self.url}: expected JSON from the server, found {content[:60]!r}.'
            ) from error

    def _refusal(self, error: urllib.error.HTTPError) -> str:
        said = _message(error.read())
        if error.code == 404:
            return (
                f'{self.url}: the server does not know the model {self.model!r} ({said}); '
                f'{self._known_models()}'
            )
        if error.code in (401, 403):
            return f'{self.url}: the server wants a key ({said}); set decode.api_key_env.'
        return f'{self.url}: the server refused the request (status {error.code}): {said}'

    def _known_models(self) -> str:
        try:
            known = [model['id'] for model in self._post('/models')['data']]
        except (OSError, KeyError, TypeError, InputValueError):
            return 'is decode.url complete (it ends in /v1)?'
        return f'it serves {", ".join(known)}: set decode.model.'


def _key(api_key_env: str | None) -> str:
    if api_key_env is None:
        return ''
    if not os.environ.get(api_key_env):
        raise InputValueError(
            f'OpenAIEngine.api_key_env: expected a key in the environment variable '
            f'{api_key_env}, found none.'
        )
    return os.environ[api_key_env]


def _pause(attempt: int, asked_for: str | None) -> float:
    """Seconds until the next attempt; a server may say how long."""
    if asked_for and asked_for.isdecimal():
        return min(float(asked_for), _LONGEST_WAIT_S)
    return min(_FIRST_WAIT_S * 2**attempt, _LONGEST_WAIT_S)


def _message(body: bytes) -> str:
    """What the server says, in one line."""
    try:
        content = json.loads(body)
        content = content.get('error', content)
        said = content.get('message', content) if isinstance(content, dict) else content
    except (ValueError, AttributeError):
        said = body.decode('utf-8', errors='replace')
    return ' '.join(str(said).split())[:200]
