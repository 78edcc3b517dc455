"""Cut an answer into brackets, strings, numbers and words, forgiving about quotes.

Valid JSON is cut exactly as JSON says. Beyond that: single and typographic quotes,
backslash-quotes, quotes inside a string, strings that are never closed. Each character is
looked at a bounded number of times, so a hostile answer costs no more than a long one.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

_CLOSING = {'"': '"', "'": "'", '“': '”', '‘': '’', '\\"': '\\"'}
# Where a string may end: its closing quote or the end of the line; escapes are skipped.
_STOPS = {
    opening: re.compile(rf'\n|{re.escape(closing)}' + ('' if opening == '\\"' else r'|\\.'), re.S)
    for opening, closing in _CLOSING.items()
}
# ASCII digits only: `float` would take those of every script.
NUMBER = re.compile(r'[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?')
_PLAIN = re.compile(
    r'\s*(?:(?P<punctuation>[\[\](){}:,])'
    rf'|(?P<number>{NUMBER.pattern})'
    r'|(?P<word>[^\s\[\](){}:,"\'“”‘’\\]+))'
)
_VISIBLE = re.compile(r'\S')
_STRUCTURE = re.compile(r'[\]},{]')
# What may stand before an opening and behind a closing quote.
_BEFORE_OPENING = '[({,:'
_BEHIND_CLOSING = ',:]})[{("\'“‘\\'


@dataclass(slots=True)
class Token:
    """One piece of the text.

    ``kind``: a bracket, comma or colon as itself, ``number``, ``word`` or ``string``. The
    offsets [start, end) leave out the quotes of a string. ``closed`` is False for a
    string that the end of the text cut.
    """

    kind: str
    start: int
    end: int
    value: str
    closed: bool = True


def tokens(text: str, start: int = 0) -> list[Token]:
    """The tokens of ``text`` from the offset ``start`` on."""
    found: list[Token] = []
    position = start
    while True:
        match = _PLAIN.match(text, position)
        if match is not None:
            kind, (begin, position) = match.lastgroup, match.span(match.lastgroup)
            value = match[kind]
            kind = value if kind == 'punctuation' else kind
            found.append(Token(kind, begin, position, value))
            continue
        visible = _VISIBLE.search(text, position)
        if visible is None:
            return found
        position = visible.start()
        quote = _quote_at(text, position)
        if quote is None:  # a closing typographic quote or a lone backslash
            position += 1
        elif _may_open(text, position, found):
            token, position = _string(text, position, quote)
            found.append(token)
        else:
            position += len(quote)


def _quote_at(text: str, position: int) -> str | None:
    if text.startswith('\\"', position):
        return '\\"'
    return text[position] if text[position] in _CLOSING else None


def _may_open(text: str, position: int, found: list[Token]) -> bool:
    """Whether a quote starts a string; an apostrophe or a quoted word in a sentence doesn't."""
    if not found or found[-1].kind != 'word':
        return True
    return '\n' in text[found[-1].end : position]


def _string(text: str, position: int, quote: str) -> tuple[Token, int]:
    """The string that starts at ``position``, and where to go on."""
    start = position + len(quote)
    stops = _STOPS[quote]
    search_from = start
    while True:
        stop = stops.search(text, search_from)
        if stop is None:
            return _unclosed(text, start, len(text), closed=False)
        if stop.group() == '\n':
            return _unclosed(text, start, stop.start(), closed=True)
        if stop.group() == _CLOSING[quote]:
            if _closes(text, stop.end()):
                return _token(text, start, stop.start()), stop.end()
            if _opens_next(text, start, stop.start()):
                return _unclosed(text, start, stop.start(), closed=True)
        search_from = stop.end()


def _closes(text: str, behind: int) -> bool:
    """Whether a quote ends its string: structure, another string or a new line follows."""
    following = _VISIBLE.search(text, behind)
    if following is None or following.group() in _BEHIND_CLOSING:
        return True
    return '\n' in text[behind : following.start()]


def _opens_next(text: str, start: int, quote: int) -> bool:
    """Whether a quote inside a string rather opens the next one: ``"cat}, {"label"``."""
    before = text[max(start, quote - 8) : quote].rstrip()
    return before.endswith(tuple(_BEFORE_OPENING)) and bool(_STRUCTURE.search(text, start, quote))


def _unclosed(text: str, start: int, end: int, *, closed: bool) -> tuple[Token, int]:
    """A string without its quote ends at the first structure inside it, else at ``end``."""
    structure = _STRUCTURE.search(text, start, end) if closed else None
    if structure is not None:
        end = structure.start()
    return _token(text, start, end, closed=closed), end


def _token(text: str, start: int, end: int, *, closed: bool = True) -> Token:
    return Token('string', start, end, _unescaped(text[start:end]), closed)


def _unescaped(content: str) -> str:
    if '\\' not in content:
        return content
    try:
        return json.loads(f'"{content}"', strict=False)
    except ValueError:
        return re.sub(r'\\(.)', r'\1', content, flags=re.S)
