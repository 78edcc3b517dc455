"""How sure a model was of each box, from the probabilities of the tokens that it chose.

Only the tokens of the label and of the four coordinates count. Brackets, keys and commas
are the same in every answer and say nothing. Probabilities are those of the raw logits:
what a grammar left after masking would sum to one whatever the model thinks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np

from vl_runtime.errors import InputKeyError, did_you_mean
from vlm_detector.codecs import BoxSpan, ParsedBoxes
from vlm_detector.decoding.generated_answer import GeneratedAnswer

# (log-probabilities of the label's tokens, of each coordinate (4,), place in the answer) -> score
_Method = Callable[[np.ndarray, np.ndarray, np.ndarray, int], float]


def _label(label: np.ndarray, coordinates: np.ndarray, tokens: np.ndarray, place: int) -> float:
    return float(np.exp(label.sum()))


def _coordinates(
    label: np.ndarray, coordinates: np.ndarray, tokens: np.ndarray, place: int
) -> float:
    return float(np.exp(coordinates.mean()))


def _label_coordinates(
    label: np.ndarray, coordinates: np.ndarray, tokens: np.ndarray, place: int
) -> float:
    return float(np.exp(label.sum() + coordinates.mean()))


def _product(label: np.ndarray, coordinates: np.ndarray, tokens: np.ndarray, place: int) -> float:
    return float(np.exp(label.sum() + coordinates.sum()))


def _mean_logprob(
    label: np.ndarray, coordinates: np.ndarray, tokens: np.ndarray, place: int
) -> float:
    return float(np.exp(tokens.mean()))


def _min_coordinate(
    label: np.ndarray, coordinates: np.ndarray, tokens: np.ndarray, place: int
) -> float:
    return float(np.exp(coordinates.min()))


def _order(label: np.ndarray, coordinates: np.ndarray, tokens: np.ndarray, place: int) -> float:
    return 1 / (place + 1)


def _constant(label: np.ndarray, coordinates: np.ndarray, tokens: np.ndarray, place: int) -> float:
    return 1.0


SCORE_METHODS: dict[str, _Method] = {
    'label_coordinates': _label_coordinates,
    'label': _label,
    'coordinates': _coordinates,
    'product': _product,
    'mean_logprob': _mean_logprob,
    'min_coordinate': _min_coordinate,
    'order': _order,
    'constant': _constant,
}
_WITHOUT_PROBABILITIES = ('order', 'constant')


def check_score_method(method: str) -> None:
    """Raise InputKeyError for an unknown method."""
    if method not in SCORE_METHODS:
        raise InputKeyError(
            f'score: expected one of {", ".join(SCORE_METHODS)}, found {method!r}.'
            + did_you_mean(str(method), SCORE_METHODS)
        )


def box_scores(
    answer: GeneratedAnswer, parsed: ParsedBoxes, method: str = 'label_coordinates'
) -> np.ndarray:
    """A score for each box of ``parsed``, (n,) float64 in 0..1.

    The probability of a label, and of one coordinate, is the product over its tokens.

    Methods:
        label_coordinates: P(label) x geometric mean of the four P(coordinate)
        label: P(label)
        coordinates: geometric mean of the four P(coordinate)
        product: P(label) x the four P(coordinate)
        mean_logprob: geometric mean over all tokens of label and coordinates
        min_coordinate: the smallest P(coordinate)
        order: 1 / (place in the answer, from 1)
        constant: 1; also used for an answer without probabilities (``has_logprobs``)

    A box without a label in the text has P(label) = 1. What is not a number counts as 0.

    Raises:
        InputKeyError: an unknown method.
    """
    check_score_method(method)
    if not answer.has_logprobs and method not in _WITHOUT_PROBABILITIES:
        method = 'constant'
    score = SCORE_METHODS[method]
    values = [
        score(*_log_probabilities(answer, span), place) for place, span in enumerate(parsed.spans)
    ]
    return np.clip(np.nan_to_num(np.array(values, dtype=np.float64), nan=0.0), 0.0, 1.0)


def break_ties(scores: np.ndarray, key: object, method: str) -> np.ndarray:
    """Scores that are equal get an order that belongs to the boxes, not to a file.

    COCO's evaluation sorts stably, so the AP of equal scores depends on the order in which
    images are listed. Every score is lowered by a share that follows from ``key`` and the box's
    place: at most a thousandth where ties are the rule (constant, order), else a millionth.

    Args:
        scores: (n,) of one image.
        key: what names the image (its id).
        method: how the scores were made.
    """
    span = 1e-3 if method in _WITHOUT_PROBABILITIES else 1e-6
    shares = [
        int.from_bytes(hashlib.blake2b(f'{key}/{place}'.encode(), digest_size=6).digest(), 'big')
        / 2**48
        for place in range(len(scores))
    ]
    return scores * (1 - span * np.array(shares, dtype=np.float64))


def _log_probabilities(
    answer: GeneratedAnswer, span: BoxSpan
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of the label's tokens, of each coordinate as a whole, and of all these tokens."""
    label = [] if span.label is None else _tokens_in(answer, span.label)
    coordinates = [_tokens_in(answer, place) for place in span.coordinates]
    tokens = sorted({*label, *(token for part in coordinates for token in part)})
    if not answer.has_logprobs:
        return np.zeros(0), np.zeros(4), np.zeros(1)
    return (
        answer.logprobs[label],
        np.array([answer.logprobs[part].sum() for part in coordinates]),
        answer.logprobs[tokens],
    )


def _tokens_in(answer: GeneratedAnswer, place: tuple[int, int]) -> list[int]:
    """The tokens that hold a character of [start, end)."""
    return [
        token
        for token, (start, end) in enumerate(answer.token_spans)
        if start < place[1] and place[0] < end
    ]
