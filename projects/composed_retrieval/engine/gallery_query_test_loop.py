"""The test of composed retrieval: as the validation, and the rankings in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mmengine import dist
from mmengine.evaluator import Evaluator
from mmengine.logging import print_log
from mmengine.registry import LOOPS

from composed_retrieval.engine.gallery_query_val_loop import GalleryQueryValLoop
from composed_retrieval.ranking.ranking_file import write_ranking_file


@LOOPS.register_module()
class GalleryQueryTestLoop(GalleryQueryValLoop):
    """Ranks a test split and writes ``ranking_file``, from which tools/make_submission.py works.

    A split that keeps its targets secret is ranked without being scored.

    Args:
        ranking_file: relative to the work folder; ``{split}`` stands for the split.
        others: see ``GalleryQueryValLoop``.
    """

    phase = 'test'

    def __init__(self, *arguments: Any, ranking_file: str = 'ranking_{split}.jsonl', **others):
        super().__init__(*arguments, **others)
        name = ranking_file.format(split=self.dataloader.dataset.metainfo['split'])
        self.ranking_file = Path(self.runner.work_dir) / name

    def scored(self, items, answers) -> dict[str, float]:
        """Write the file, then score if that can be done."""
        meta, total = self.dataloader.dataset.metainfo, len(self.dataloader.dataset)
        gathered = dist.collect_results(list(answers), total, device='cpu')
        if dist.is_main_process():
            about = {'dataset': meta['dataset'], 'split': meta['split']}
            write_ranking_file(self.ranking_file, gathered, about)
            print_log(f'{total} rankings: {self.ranking_file}', 'current')
        if not meta['has_targets']:
            print_log(
                f'{meta["source"]}: split {meta["split"]!r} has no targets, so nothing is scored; '
                f'tools/make_submission.py makes the files for the test server of '
                f'{self.ranking_file}.',
                'current',
            )
            return {}
        return super().scored(items, answers)

    def _built_evaluator(self, evaluator: Evaluator | dict | list) -> Evaluator | None:
        if not self.dataloader.dataset.metainfo['has_targets']:
            return None
        return super()._built_evaluator(evaluator)
