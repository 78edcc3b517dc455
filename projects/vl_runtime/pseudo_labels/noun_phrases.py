"""Noun phrases of a caption by plain rules: words between function words and verbs.

No parser is needed for captions, whose sentences are short: 'a brown dog is lying on the
grass' -> 'brown dog', 'grass'. Where this is not good enough, give the phrases themselves.
"""

from __future__ import annotations

import re

MAX_WORDS = 5
_BREAKS = frozenset(
    """a an the this that these those some any every each no all both another other several many
    few more most its his her their our my your whose it he she they we you i him them us me who
    which what there here and or but nor so if while when where as than then because of in on at
    by with without from to into onto over under above below between behind beside next near
    around across along through during after before against for about up down off out inside
    outside together away upon within among is are was were be been being am has have had having
    do does did can could will would may might must shall should not very too also just only
    wears wear wore holds hold held sits sit sat stands stand stood looks look looked runs run ran
    walks walk plays play rides ride lies lie lay shows show eats eat takes take makes make gets
    get goes go comes come jumps jump drives drive sleeps sleep flies fly swims swim hangs hang
    filled covered made parked seen taken dressed surrounded left right top bottom front middle
    lot lots kind type pair couple bunch group piece set side day time way one two three four five
    six seven eight nine ten""".split()  # noqa: SIM905  (words are read, not quotes)
)
_NOUNS_WITH_ING = frozenset(
    """building ceiling ring king wing string clothing painting railing earring wedding swing
    bedding dumpling pudding sling duckling sibling awning spring icing drawing""".split()  # noqa: SIM905  (words are read, not quotes)
)
_NOT_OBJECTS = frozenset(
    """photo picture image photograph view shot background foreground scene close-up closeup
    illustration vector stock thing things something someone""".split()  # noqa: SIM905  (words are read, not quotes)
)
_WORD = re.compile(r"[a-zA-Z][a-zA-Z'-]*|[^\sa-zA-Z]+")


def noun_phrases(caption: str) -> list[str]:
    """Phrases in lower case, in the order of the caption, each once.

    A phrase ends at punctuation, a number, a function word or a verb form; it has at most
    five words (the last ones, which hold the noun).
    """
    phrases: dict[str, None] = {}
    words: list[str] = []
    for token in [*_WORD.findall(caption), '.']:
        word = token.lower().strip("'-")
        if not _breaks(word):
            words.append(word.removesuffix("'s"))
            continue
        phrase = ' '.join(words[-MAX_WORDS:])
        if words and words[-1] not in _NOT_OBJECTS:
            phrases[phrase] = None
        words = []
    return list(phrases)


def _breaks(word: str) -> bool:
    if not word[:1].isalpha() or word in _BREAKS:
        return True
    return word.endswith('ing') and word not in _NOUNS_WITH_ING
