"""The families by name."""

from __future__ import annotations

from vl_runtime.errors import InputKeyError, did_you_mean
from vlm_detector.families.family import Family
from vlm_detector.families.florence2 import Florence2
from vlm_detector.families.qwen2_5_vl import Qwen25VL
from vlm_detector.families.qwen3_vl import Qwen3VL

FAMILIES: dict[str, Family] = {
    family.name: family for family in (Qwen3VL(), Qwen25VL(), Florence2())
}


def family_of(name: str) -> Family:
    """The family called ``name``.

    Raises:
        InputKeyError: there is none.
    """
    if name not in FAMILIES:
        raise InputKeyError(
            f'model.family: expected one of {", ".join(FAMILIES)}, found {name!r}.'
            + did_you_mean(str(name), FAMILIES)
        )
    return FAMILIES[name]
