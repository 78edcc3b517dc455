"""The precision of a training: what ``--amp`` means on the machine that it runs on."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from mmengine.config import Config
from mmengine.logging import print_log
from mmengine.optim import AmpOptimWrapper, OptimWrapper
from mmengine.registry import OPTIM_WRAPPERS

from vl_runtime.compat import distributed
from vl_runtime.engine.cpu_amp_optim_wrapper import CpuAmpOptimWrapper, cpu_has_bf16
from vl_runtime.errors import InputValueError

# What AmpOptimWrapper takes and a plain OptimWrapper does not.
_AMP_ARGUMENTS = ('loss_scale', 'dtype', 'use_fsdp')
_PRECISION_FORMS = {
    'fp32': {'type': 'OptimWrapper'},
    'gpu': {'type': 'AmpOptimWrapper', 'loss_scale': 'dynamic'},
    'cpu': {'type': 'CpuAmpOptimWrapper'},
}


def set_precision(config: Config, amp: bool) -> None:
    """Choose the optimiser wrapper for ``amp`` on this machine; the other keys stay.

    A recipe that asks for a mixed-precision wrapper itself trains on a CPU as well.

    Raises:
        InputValueError: ``amp`` with a wrapper that has a precision of its own.
    """
    wrapper = config.get('optim_wrapper')
    if wrapper is None:
        return
    kind = wrapper.get('type', 'OptimWrapper')
    forms = _precision_forms(kind)
    if not forms:
        if amp:
            raise InputValueError(
                f'{config.filename}: --amp works with optim_wrapper.type OptimWrapper, '
                f'found {kind}; leave --amp out.'
            )
        return
    if not amp and kind == forms['fp32']['type']:
        return
    if distributed.has_mixed_precision():
        if kind != forms['gpu']['type']:
            wrapper['type'] = forms['gpu']['type']
            for key, value in forms['gpu'].items():
                wrapper.setdefault(key, value)
        return
    for key in _AMP_ARGUMENTS:
        wrapper.pop(key, None)
    if distributed.on_cpu() and cpu_has_bf16():
        wrapper['type'] = forms['cpu']['type']
        print_log('Mixed precision: bf16 autocast on the CPU.', logger='current')
    else:
        wrapper['type'] = forms['fp32']['type']
        print_log(
            'Mixed precision was asked for, but there is no GPU that has it and this CPU has no '
            'bf16 instructions; training in fp32.',
            logger='current',
            level=logging.WARNING,
        )


def _precision_forms(kind: str | type) -> Mapping[str, Mapping[str, Any]]:
    """The forms ``fp32``, ``gpu`` and ``cpu`` of a wrapper; {} when it has only one.

    A wrapper of another package names its forms in a class attribute ``precision_forms``.
    """
    wrapper_class = OPTIM_WRAPPERS.get(kind) if isinstance(kind, str) else kind
    if wrapper_class in (OptimWrapper, AmpOptimWrapper, CpuAmpOptimWrapper):
        return _PRECISION_FORMS
    return getattr(wrapper_class, 'precision_forms', {})
