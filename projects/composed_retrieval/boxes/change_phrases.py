"""What to look for in the two pictures of a pair: the things that its caption names."""

from __future__ import annotations

from vl_runtime.pseudo_labels import noun_phrases

MAX_PHRASES = 10
GENERIC = (
    *('person', 'animal', 'vehicle', 'furniture', 'food', 'clothing', 'building', 'plant'),
    *('device', 'container'),
)
# Verbs of a change at the start of a phrase, and words that say how a thing is, not what.
_CHANGES = frozenset(
    """add adds added remove removes removed change changes changed replace replaced swap swapped
    turn turns turned move moves moved keep keeps same different instead zoom crop focus focused
    rotate rotated need needs want wants put place placed let give given use used become becomes
    contain contains feature features include includes have""".split()  # noqa: SIM905
)
_ATTRIBUTES = frozenset(
    """red orange yellow green blue purple violet pink brown black white grey gray beige gold
    golden silver dark darker light lighter bright brighter pale colored coloured colorful
    colourful plain big bigger large larger small smaller long longer short shorter tall taller
    wide wider narrow narrower thin thinner thick thicker old older new newer young younger high
    higher low lower close closer far farther further fewer less least more most better worse
    solid shiny matte sleeveless fitted loose tight similar identical color colour size number
    angle direction style shape camera only single double""".split()  # noqa: SIM905
)


def change_phrases(caption: str) -> tuple[str, ...]:
    """At most ten noun phrases of the caption; generic classes when it names no thing."""
    phrases: dict[str, None] = {}
    for phrase in noun_phrases(caption):
        words = phrase.split()
        while words and words[0] in _CHANGES:
            words = words[1:]
        if any(word not in _ATTRIBUTES and word not in _CHANGES for word in words):
            phrases[' '.join(words)] = None
    return tuple(phrases)[:MAX_PHRASES] or GENERIC
