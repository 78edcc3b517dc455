"""Divide the images of a data set, the same way for the same seed everywhere."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping

from vl_runtime.errors import InputValueError


def parse_split(text: str) -> dict[str, float]:
    """``'train=0.8,val=0.2'`` as ``{'train': 0.8, 'val': 0.2}``.

    Raises:
        InputValueError: not name=share, a name twice or that can't be part of a file name,
            a share that is not above 0, or a sum that is not 1.
    """
    shares: dict[str, float] = {}
    for part in text.split(','):
        name, sign, share = (piece.strip() for piece in part.partition('='))
        if not sign or not name.replace('_', '').replace('-', '').isalnum():
            raise InputValueError(
                f'--split {text}: expected name=share, for example train=0.8,val=0.2, '
                f'found {part!r}.'
            )
        if name in shares:
            raise InputValueError(f'--split {text}: {name!r} is there twice.')
        shares[name] = _share(share, text)
    if abs(sum(shares.values()) - 1) > 1e-6:
        raise InputValueError(
            f'--split {text}: expected shares that add up to 1, found {sum(shares.values()):g}.'
        )
    return shares


def _share(text: str, option: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 < share <= 1:
        raise InputValueError(
            f'--split {option}: expected a share above 0 and at most 1, found {text!r}.'
        )
    return share


def split_names(names: Iterable[str], shares: dict[str, float], seed: int) -> dict[str, list[str]]:
    """Every name in exactly one split, chosen by ``seed``.

    The names are sorted first, so the result does not depend on the order in which a file
    system lists them. Sizes follow the largest remainder; each split gets an image as long
    as there are enough.

    Returns:
        split -> its names, sorted.

    Raises:
        InputValueError: fewer names than splits.
    """
    given = list(names)
    if len(given) < len(shares):
        raise InputValueError(
            f'--split: expected at least one image for each of {len(shares)} splits, '
            f'found {len(given)} images.'
        )
    return take_names(given, _sizes(len(given), shares), seed)


def take_names(names: Iterable[str], sizes: Mapping[str, int], seed: int) -> dict[str, list[str]]:
    """As many names as ``sizes`` says for each split, chosen by ``seed``; none in two splits.

    As in ``split_names`` the order of ``names`` does not matter.

    Returns:
        split -> its names, sorted.

    Raises:
        InputValueError: fewer names than wanted.
    """
    ordered = sorted(names)
    check_sizes(sizes, len(ordered))
    random.Random(seed).shuffle(ordered)
    result, start = {}, 0
    for name, size in sizes.items():
        result[name] = sorted(ordered[start : start + size])
        start += size
    return result


def check_sizes(sizes: Mapping[str, int], number: int) -> None:
    """Raise InputValueError unless ``number`` images are enough for ``sizes``, each at least 1."""
    wanted = ', '.join(f'{name} {size}' for name, size in sizes.items())
    if not sizes or min(sizes.values()) < 1:
        raise InputValueError(
            f'sizes: expected at least one image for each split, found {wanted or "no split"}.'
        )
    if sum(sizes.values()) > number:
        raise InputValueError(
            f'expected at least {sum(sizes.values())} images ({wanted}), found {number}; '
            'ask for fewer.'
        )


def scaled_sizes(number: int, sizes: Mapping[str, int]) -> dict[str, int]:
    """``sizes`` when ``number`` images are enough, else all images in the same proportions.

    Raises:
        InputValueError: fewer images than splits.
    """
    if sum(sizes.values()) <= number:
        return dict(sizes)
    check_sizes(dict.fromkeys(sizes, 1), number)
    return _sizes(number, {name: size / sum(sizes.values()) for name, size in sizes.items()})


def _sizes(number: int, shares: dict[str, float]) -> dict[str, int]:
    sizes = {name: int(number * share + 1e-9) for name, share in shares.items()}
    by_remainder = sorted(shares, key=lambda name: sizes[name] - number * shares[name])
    for name in by_remainder[: number - sum(sizes.values())]:
        sizes[name] += 1
    for name in shares:
        if sizes[name] == 0:
            sizes[max(sizes, key=sizes.__getitem__)] -= 1
            sizes[name] = 1
    return sizes
