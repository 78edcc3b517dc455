"""Leave a training with an adapter folder that plain transformers and peft open."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from mmengine.runner.checkpoint import weights_to_cpu
from torch import Tensor

from vl_runtime.checkpoints import load_checkpoint_file, unwrap


@HOOKS.register_module()
class AdapterExportHook(Hook):
    """Export what was trained: the best weights as ``adapter``, the last as ``adapter_last``.

    The best are those that BestCheckpointHook keeps: ``adapter`` is written when it writes
    ``best.pth``. At the end of the training ``adapter_last`` is written; if no validation chose
    a best, the last weights are ``adapter`` instead. Both are in the run's own folder
    (``work_dir/<time stamp>``), so no run replaces those of an earlier one; ``work_dir/adapter``
    and ``work_dir/adapter_last`` point to the newest. The base model is neither copied nor
    merged. See ``vlm_detector.export.export_folder``.
    """

    # After BestCheckpointHook, which is VERY_LOW.
    priority = 'LOWEST'

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Export if this validation is the best so far, when training."""
        if not hasattr(runner._train_loop, 'iter') or not is_main_process():
            return
        best = _best_record(runner)
        if best.get('iteration') == runner.iter:
            weights = load_checkpoint_file(Path(runner.work_dir) / 'best.pth')['state_dict']
            self._export(runner, 'adapter', weights, best.get('metrics'))

    def after_train(self, runner: Runner) -> None:
        """Export the last weights."""
        runner.call_hook('before_gather_checkpoint')
        if not is_main_process():
            return
        state = weights_to_cpu(unwrap(runner.model).state_dict())
        checkpoint = {'meta': {}, 'state_dict': state}
        # EMAHook puts the averaged weights in place here, as in every checkpoint.
        runner.call_hook('before_save_checkpoint', checkpoint=checkpoint)
        has_best = (Path(runner.work_dir) / 'adapter').exists() and bool(_best_record(runner))
        name = 'adapter_last' if has_best else 'adapter'
        self._export(runner, name, checkpoint['state_dict'], None)

    def _export(
        self,
        runner: Runner,
        name: str,
        weights: Mapping[str, Tensor],
        measured: Mapping[str, Any] | None,
    ) -> None:
        from vlm_detector.export import export_folder, point_to

        metainfo = getattr(runner.train_dataloader.dataset, 'metainfo', {})
        folder = export_folder(
            unwrap(runner.model),
            Path(runner.log_dir) / name,
            classes=metainfo.get('classes', ()),
            config_text=runner.cfg.pretty_text,
            measured={k: v for k, v in (measured or {}).items() if isinstance(v, float | int)},
            weights={
                key.removeprefix('vlm.'): value
                for key, value in weights.items()
                if key.startswith('vlm.')
            },
        )
        link = Path(runner.work_dir) / name
        point_to(link, folder)
        runner.logger.info(f'Exported to {folder}, which {link} points to.')


def _best_record(runner: Runner) -> dict[str, Any]:
    """What BestCheckpointHook wrote; {} without one."""
    path = Path(runner.work_dir) / 'best.json'
    return json.loads(path.read_text(encoding='utf-8')) if path.is_file() else {}
