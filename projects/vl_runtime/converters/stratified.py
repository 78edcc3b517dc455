"""Take parts of a data set in which every class has its share."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping

from vl_runtime.converters.split import check_sizes


def stratum_of_images(classes_of: Mapping[str, Collection[str]]) -> dict[str, str]:
    """The class that each image stands for: the rarest of its own, counted in images.

    So the images of a rare class are shared out before they are used up as images of a
    frequent one. Images without objects stand for ``''``.
    """
    frequency = Counter(name for names in classes_of.values() for name in set(names))
    return {
        image: min(names, key=lambda name: (frequency[name], name), default='')
        for image, names in classes_of.items()
    }


def take_stratified(
    classes_of: Mapping[str, Collection[str]], sizes: Mapping[str, int], seed: int
) -> dict[str, list[str]]:
    """As many images as ``sizes`` says for each split, with the classes of the whole.

    In every split a class has its share of the images, up to rounding: largest remainders
    come first, and the seed decides between equal ones. The order of ``classes_of`` does not
    matter.

    Args:
        classes_of: image -> names of the classes that it shows.

    Returns:
        split -> its images, sorted; none in two splits.

    Raises:
        InputValueError: fewer images than wanted.
    """
    check_sizes(sizes, len(classes_of))
    rng = random.Random(seed)
    members = defaultdict(list)
    for image, stratum in sorted(stratum_of_images(classes_of).items()):
        members[stratum].append(image)
    for images in members.values():
        rng.shuffle(images)
    result = {}
    for split, size in sizes.items():
        shares = _apportion(size, {name: len(images) for name, images in members.items()}, rng)
        result[split] = sorted(image for name in members for image in members[name][: shares[name]])
        for name, number in shares.items():
            del members[name][:number]
    return result


def _apportion(number: int, available: Mapping[str, int], rng: random.Random) -> dict[str, int]:
    """``number`` divided like ``available``, by largest remainder; never more than there is."""
    total = sum(available.values())
    shares = {name: number * have // total for name, have in available.items()}
    order = list(available)
    rng.shuffle(order)  # a stable sort keeps this order among equal remainders
    order.sort(key=lambda name: -(number * available[name] % total))
    for name in order[: number - sum(shares.values())]:
        shares[name] += 1
    return shares
