"""Fixes that make third parties work together, one file each.

``install()`` is called by ``import yolo_world`` and by every tool before
anything imports ``mmcv.ops``. This package is the only place that may try an
import, look at a version or patch a third party.
"""

from __future__ import annotations

_INSTALLED = False


def install() -> None:
    """Activate all fixes once; later calls cost nothing.

    Neither mmdet nor mmyolo is imported here; mmengine is, for its checkpoint loader.
    """
    global _INSTALLED
    if _INSTALLED:
        return
    _INSTALLED = True
    # Imported here: `import vl_runtime.compat.optional` alone must not load torch.
    from vl_runtime.compat import quiet_warnings

    quiet_warnings.install()  # first, because importing mmengine already warns
    from vl_runtime.compat import (
        checkpoint_loader,
        config_text,
        mmcv_ext,
        mmyolo_link,
        safe_globals,
    )

    mmcv_ext.install()
    safe_globals.install()
    checkpoint_loader.install()
    config_text.install()
    mmyolo_link.install()


def replace_mmdet_classes() -> None:
    """Serve better classes under mmdet's names; imports mmdet, so ``install`` comes before."""
    from vl_runtime.compat import albu, lvis_metric, lvis_numpy, pipeline_switch

    albu.install()
    lvis_numpy.install()
    lvis_metric.install()
    pipeline_switch.install()


__all__ = ['install', 'replace_mmdet_classes']
