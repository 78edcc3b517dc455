"""The loop that lets rows choose tokens until all have ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from vlm_detector.decoding.grammar_cursor import GrammarCursor

# Rows wait for each other once an object, at its longest forced text (`{"bbox_2d":[`).
_LONG_BLOCK = 6
_SHARE_TO_GO_ON = 0.9  # a few rows with long labels don't hold up the others


class Rows(Protocol):
    """Answers in progress, see ``CausalRows`` and ``EncoderDecoderRows``."""

    takes_blocks: bool

    def logits(self, rows: Sequence[int], places: Sequence[int]) -> Tensor:
        """(N, V) logits at places of the last step."""

    def step(self, blocks: Sequence[Sequence[int]]) -> None:
        """Read tokens."""

    def select(self, rows: Sequence[int]) -> None:
        """Keep rows."""


@dataclass
class Draft:
    """One answer while it is being generated.

    Attributes:
        cursor: where the answer stands in a grammar; None lets every token.
        token_ids, logprobs: what was chosen, without the end token.
        finished: the end was chosen, or the grammar allows nothing but the end.
        block: tokens that the model has not read yet.
    """

    cursor: GrammarCursor | None = None
    token_ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    finished: bool = False
    block: list[int] = field(default_factory=list)


def greedy_search(
    rows: Rows,
    drafts: Sequence[Draft],
    *,
    end_token_ids: Sequence[int],
    max_new_tokens: int,
    jump_forward: bool,
) -> None:
    """Fill ``drafts``, one per row; rows that have ended are dropped.

    Args:
        end_token_ids: tokens that end an answer.
        max_new_tokens: limit of an answer, its end token included.
        jump_forward: tokens that a grammar forces are read in the step of the choice before.
    """
    active = list(drafts)
    fed = list(range(len(active)))
    while active:
        _choose(rows, active, fed, end_token_ids, jump_forward and rows.takes_blocks)
        kept = [
            row
            for row, draft in enumerate(active)
            if draft.block and _may_go_on(draft, max_new_tokens)
        ]
        active = _keep(rows, active, kept)
        if not active:
            return
        fed = _rows_to_feed(active)
        rows.step([draft.block if row in fed else [] for row, draft in enumerate(active)])
        _note_forced(rows, active, fed)
        for row in fed:
            active[row].block = []
        open_rows = [row for row, draft in enumerate(active) if draft.block or not draft.finished]
        fed = [place for place, row in enumerate(open_rows) if row in fed]
        active = _keep(rows, active, open_rows)


def _keep(rows: Rows, active: list[Draft], kept: list[int]) -> list[Draft]:
    if kept and len(kept) < len(active):
        rows.select(kept)
    return [active[row] for row in kept]


def _rows_to_feed(active: Sequence[Draft]) -> set[int]:
    """Rows whose tokens are read now: all, or those with few, until nearly all have many.

    In a step every row takes the room of the longest block. Objects are about equally long,
    so waiting hardly adds a step; without it the rows drift apart, and nearly every step is
    as wide as the longest forced text.
    """
    long = {row for row, draft in enumerate(active) if len(draft.block) >= _LONG_BLOCK}
    everyone = set(range(len(active)))
    ready = len(long) >= _SHARE_TO_GO_ON * len(active)
    return everyone if ready else everyone - long


def _may_go_on(draft: Draft, max_new_tokens: int) -> bool:
    """Whether another token fits; forced ones wait for their probabilities in any case."""
    return len(draft.token_ids) < max_new_tokens or len(draft.block) > 1


def _choose(
    rows: Rows,
    active: Sequence[Draft],
    fed: Sequence[int],
    end_token_ids: Sequence[int],
    jump_forward: bool,
) -> None:
    """The next token of the rows that were ``fed``; with ``jump_forward`` also what it forces."""
    logits = rows.logits(fed, [-1] * len(fed))
    chosen = [active[row] for row in fed]
    tokens = _best_tokens(logits, [draft.cursor for draft in chosen])
    logprobs = (logits.gather(1, tokens[:, None])[:, 0] - logits.logsumexp(1)).tolist()
    for draft, token, logprob in zip(chosen, tokens.tolist(), logprobs, strict=True):
        if token in end_token_ids:
            draft.finished = True
            continue
        draft.token_ids.append(token)
        draft.logprobs.append(logprob)
        draft.block = [token]
        if draft.cursor is None:
            continue
        draft.cursor.push(token)
        if jump_forward:
            forced = draft.cursor.push_forced()
            draft.token_ids += forced
            draft.block += forced
        draft.finished = draft.cursor.done
        if draft.finished and len(draft.block) == 1:
            draft.block = []  # nothing left that the model's word is needed for


def _best_tokens(logits: Tensor, cursors: Sequence[GrammarCursor | None]) -> Tensor:
    """(B,) the most probable token of each row among those that its grammar allows."""
    bound = [row for row, cursor in enumerate(cursors) if cursor is not None]
    if not bound:
        return logits.argmax(1)
    tokens = logits.argmax(1)
    allowed = [cursors[row].allowed() for row in bound]
    table = np.full((len(bound), max(map(len, allowed))), -1)
    for place, ids in enumerate(allowed):
        table[place, : len(ids)] = ids
    table = torch.from_numpy(table).to(logits.device)
    values = logits[bound].gather(1, table.clamp(min=0)).masked_fill(table < 0, -torch.inf)
    tokens[bound] = table.gather(1, values.argmax(1, keepdim=True))[:, 0]
    return tokens


def _note_forced(rows: Rows, active: Sequence[Draft], fed: Sequence[int]) -> None:
    """The probabilities of forced tokens, from the logits at the tokens before them."""
    places = [
        (row, place - len(draft.block), draft.block[place + 1])
        for row, draft in enumerate(active)
        if row in fed
        for place in range(len(draft.block) - 1)
    ]
    if not places:
        return
    of_row, of_place, tokens = zip(*places, strict=True)
    logits = rows.logits(of_row, of_place)
    chosen = logits.gather(1, torch.tensor(tokens, device=logits.device)[:, None])[:, 0]
    logprobs = (chosen - logits.logsumexp(1)).tolist()
    for row, logprob in zip(of_row, logprobs, strict=True):
        active[row].logprobs.append(logprob)
