"""The machine and the versions that a measurement was made with, as plain values."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from pathlib import Path

import torch

from vl_runtime.compat import optional
from vl_runtime.version import __version__

_PACKAGES = ('torch', 'mmengine', 'mmdet', 'mmyolo', 'transformers', 'peft', 'numpy', 'pycocotools')


def hardware() -> str:
    """One line: processor and threads, and the GPU where there is one."""
    threads = torch.get_num_threads()
    line = f'{_processor()}, {os.cpu_count()} cores, {threads} thread{"s" * (threads != 1)}'
    if torch.cuda.is_available():
        line = f'{torch.cuda.get_device_name()}; {line}'
    return line


def versions() -> dict[str, str]:
    """Of Python, this toolkit and the packages that decide results; those that are there."""
    found = {'python': platform.python_version(), 'mmground': __version__}
    for package in _PACKAGES:
        if optional.available(package):
            found[package] = importlib.metadata.version(package)
    return found


def _processor() -> str:
    info = Path('/proc/cpuinfo')
    if info.is_file():
        for line in info.read_text(errors='replace').splitlines():
            if line.startswith('model name'):
                return line.split(':', 1)[1].strip()
    return platform.processor() or platform.machine()
