"""LoRA on named parts of a vision-language model, through peft.

A trained pair of thin matrices is added to each chosen linear layer; everything else is frozen.
The result is an ordinary ``PeftModel``, so its files open without this toolkit.

Source: LoRA, arXiv:2106.09685; rsLoRA, arXiv:2312.03732; DoRA, arXiv:2402.09353.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from torch import nn

from vl_runtime.compat.optional import require
from vl_runtime.errors import InputValueError, did_you_mean
from vl_runtime.text_encoders.model_location import first_line
from vlm_detector.families.family import PARTS, Family
from vlm_detector.families.model_source import INSTALL

BASE_PREFIX = 'base_model.model.'  # of every name inside a PeftModel


def add_lora(
    model: nn.Module,
    family: Family,
    *,
    parts: Sequence[str] = PARTS,
    targets: Sequence[str] | None = None,
    regex: str | None = None,
    rank: int = 16,
    alpha: float | None = None,
    dropout: float = 0.0,
    rslora: bool = False,
    dora: bool = False,
    whole_parts: Sequence[str] = (),
) -> nn.Module:
    """Put adapters into ``model``.

    Args:
        model: a model of ``family``; it is changed in place and wrapped.
        parts: 'language', 'projector', 'vision', in any combination: their linear layers.
        targets: instead of ``parts``: last names of layers ('q_proj', 'lm_head'), as peft takes
            them; a name that two parts share means both.
        regex: instead of ``parts``: a regular expression that full names of layers match.
        rank: width of the pairs.
        alpha: the addition is multiplied by ``alpha / rank`` (``alpha / sqrt(rank)`` with
            ``rslora``); twice the rank by default.
        dropout: of the input of the pairs, 0 <= dropout < 1.
        rslora: scale that is stable at high ranks.
        dora: trained magnitudes of the columns besides; slower.
        whole_parts: trained as a whole instead of by pairs; only the projector can be.

    Returns:
        peft's ``PeftModel``; adapters are float32 whatever the base is.

    Raises:
        InputValueError: a value that can't be used, a name that matches no layer, or a layer
            that peft can't adapt; or peft is missing.
    """
    peft = require('peft', 'LoRA', INSTALL)
    if targets is not None:
        regex = _pattern_of(model, targets, regex)
    _check_values(rank, dropout, parts, regex, whole_parts)
    target = matched_pattern(model, family, parts, regex)
    config = peft.LoraConfig(
        r=rank,
        lora_alpha=2 * rank if alpha is None else alpha,
        lora_dropout=dropout,
        target_modules=target,
        use_rslora=rslora,
        use_dora=dora,
        modules_to_save=_module_names(model, family, whole_parts) or None,
    )
    try:
        return peft.get_peft_model(model, config)
    except (ValueError, TypeError) as error:
        raise InputValueError(f'lora: peft refuses a layer: {first_line(error)}') from error


def _pattern_of(model: nn.Module, targets: Sequence[str], regex: str | None) -> str:
    """The pattern of layers with these last names, each of which must be there."""
    if regex is not None or isinstance(targets, str) or not targets:
        raise InputValueError(
            f'lora.targets: expected a list of names and no lora.regex beside it, found '
            f'{targets!r} and regex={regex!r}.'
        )
    present = {
        name.rpartition('.')[2]
        for name, module in model.named_modules()
        if not any(module.children())
    }
    for name in targets:
        if name not in present:
            raise InputValueError(
                f'lora.targets={name!r}: expected the last name of layers of '
                f'{type(model).__name__}, found none.' + did_you_mean(name, sorted(present))
            )
    return rf'(?:.*\.)?(?:{"|".join(map(re.escape, targets))})'


def matched_pattern(
    model: nn.Module, family: Family, parts: Sequence[str], regex: str | None
) -> str:
    """The pattern of the layers to adapt, of which every requested name matches some.

    Raises:
        InputValueError: ``regex`` is not a regular expression, or nothing matches.
    """
    requests: Mapping[str, str] = (
        {f'lora.regex={regex!r}': regex}
        if regex is not None
        else {f'lora.parts={part!r}': family.lora_targets([part]) for part in parts}
    )
    names = [name for name, _ in model.named_modules()]
    for request, pattern in requests.items():
        try:
            found = any(re.fullmatch(pattern, name) for name in names)
        except re.error as error:
            raise InputValueError(f'{request}: not a regular expression: {error}.') from error
        if not found:
            example = next(name for name in names if family.part_patterns_match(name))
            raise InputValueError(
                f'{request}: expected to match layers of {type(model).__name__}, found none; '
                f'full names look like {example!r}.'
            )
    return family.lora_targets(parts) if regex is None else regex


def adapted_modules(model: nn.Module) -> list[str]:
    """Full names (of the model without adapters) of the layers that have a pair."""
    return [
        name.removeprefix(BASE_PREFIX)
        for name, module in model.named_modules()
        if hasattr(module, 'lora_A') and len(module.lora_A)
    ]


def _check_values(rank, dropout, parts, regex, whole_parts) -> None:
    if not isinstance(rank, int) or rank < 1:
        raise InputValueError(f'lora.rank: expected 1 or more, found {rank!r}.')
    if not 0 <= dropout < 1:
        raise InputValueError(f'lora.dropout: expected 0 <= dropout < 1, found {dropout}.')
    if regex is None and not parts:
        raise InputValueError(
            f'lora.parts: expected some of {", ".join(PARTS)}, or lora.regex, found neither.'
        )
    wrong = set(whole_parts) - {'projector'}
    if wrong or (regex is None and set(whole_parts) & set(parts)):
        raise InputValueError(
            "trainable: beside LoRA expected ['projector'] or nothing, and no part of lora.parts, "
            f'found {list(whole_parts)}.'
        )


def _module_names(model: nn.Module, family: Family, parts: Sequence[str]) -> list[str]:
    """The modules of whole parts; peft wraps no list of modules, but its entries."""
    present = dict(model.named_modules())
    names = [name for part in parts for name in family.part_prefixes[part] if name in present]
    return [
        entry
        for name in names
        for entry in (
            [f'{name}.{index}' for index in range(len(present[name]))]
            if isinstance(present[name], nn.ModuleList)
            else [name]
        )
    ]
