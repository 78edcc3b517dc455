"""What stands in for an operator that only the compiled mmcv has."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

# mmcv 2.0.1 asks its compiler for C++14; torch has needed C++17 since 2.1 and
# C++20 in 2.14, with which mmcv 2.0.1 was built after that one change.
_WAY_OUT = (
    'pip uninstall -y mmcv-lite && pip install --no-build-isolation mmcv==2.0.1 '
    "(mmyolo 0.6 refuses mmcv>=2.1.0; with torch>=2.1 raise '-std=c++14' in mmcv's "
    'setup.py to c++17, with the newest torch to c++20)'
)


def missing_op(name: str) -> Callable[..., NoReturn]:
    """A function that raises ``NotImplementedError`` naming ``name`` and the way out."""

    def raise_missing(*args: object, **kwargs: object) -> NoReturn:
        raise NotImplementedError(
            f'mmcv operator {name!r} needs the full mmcv; mmcv-lite has no compiled code. '
            f'Build it from source with a C++ compiler (nvcc for CUDA): {_WAY_OUT}.'
        )

    raise_missing.__name__ = raise_missing.__qualname__ = name
    return raise_missing
