"""The loop that lets rows choose tokens until all have ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor

if TYPE_CHECKING:
    from vlm_detector.decoding.grammar_cursor import GrammarCursor


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
    while active:
        _choose(rows, active, end_token_ids, jump_forward and rows.takes_blocks)
        open_rows = [
            row
            for row, draft in enumerate(active)
            if draft.block and _may_go_on(draft, max_new_tokens)
        ]
        if not open_rows:
            return
        if len(open_rows) < len(active):
            rows.select(open_rows)
            active = [active[row] for row in open_rows]
        rows.step([draft.block for draft in active])
        _note_forced(rows, active)
        ended = {row for row, draft in enumerate(active) if draft.finished}
        if ended:
            kept = [row for row in range(len(active)) if row not in ended]
            active = [active[row] for row in kept]
            if active:
                rows.select(kept)


def _may_go_on(draft: Draft, max_new_tokens: int) -> bool:
    """Whether another token fits; forced ones wait for their probabilities in any case."""
    return len(draft.token_ids) < max_new_tokens or len(draft.block) > 1


def _choose(
    rows: Rows, active: Sequence[Draft], end_token_ids: Sequence[int], jump_forward: bool
) -> None:
    """Each draft's next token, and with ``jump_forward`` those that are forced after it."""
    logits = rows.logits(range(len(active)), [-1] * len(active))
    tokens = _best_tokens(logits, [draft.cursor for draft in active])
    logprobs = (logits.gather(1, tokens[:, None])[:, 0] - logits.logsumexp(1)).tolist()
    for draft, token, logprob in zip(active, tokens.tolist(), logprobs, strict=True):
        draft.block = []
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
    tokens = logits.argmax(1)
    bound = [row for row, cursor in enumerate(cursors) if cursor is not None]
    if not bound:
        return tokens
    allowed = [torch.from_numpy(cursors[row].allowed()) for row in bound]
    table = torch.nn.utils.rnn.pad_sequence(allowed, batch_first=True, padding_value=-1)
    table = table.to(logits.device)
    values = logits[bound].gather(1, table.clamp(min=0)).masked_fill(table < 0, -torch.inf)
    tokens[bound] = table.gather(1, values.argmax(1, keepdim=True))[:, 0]
    return tokens


def _note_forced(rows: Rows, active: Sequence[Draft]) -> None:
    """The probabilities of forced tokens, from the logits at the tokens before them."""
    places = [
        (row, place - len(draft.block), draft.block[place + 1])
        for row, draft in enumerate(active)
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
