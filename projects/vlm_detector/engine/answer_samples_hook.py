"""Show what the model answers at each validation."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.dist import all_gather_object, is_main_process
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from vl_runtime.atomic_files import write_text
from vl_runtime.errors import InputValueError, UserInputError
from vl_runtime.image_files import write_image
from vl_runtime.short_names import short_names
from vl_runtime.visualization import image_grid
from vlm_detector.engine.answer_sample import AnswerSample, answer_sample

_LOGGED_CHARACTERS = 160


@HOOKS.register_module()
class AnswerSamplesHook(Hook):
    """After a validation in training, keep the worst and the best answers.

    The loss tells little about an answer: structure is learned long before places. Written to
    ``work_dir/answers``, named after the iteration:

        iter_<n>.jsonl  one ``AnswerSample`` a line, the worst first
        iter_<n>.jpg    their pictures: expected boxes green, predicted ones red with score
                        and IoU

    and one line each in the log. In a distributed run the answers of all processes take part.

    Args:
        num_bad: how many of the worst; unreadable answers first, then by ``quality``.
        num_good: how many of the best.
        pictures: draw the pictures.
    """

    priority = 'LOW'

    def __init__(self, num_bad: int = 6, num_good: int = 2, *, pictures: bool = True) -> None:
        if min(num_bad, num_good) < 0 or num_bad + num_good < 1:
            raise InputValueError(
                'AnswerSamplesHook: expected num_bad and num_good of 0 or more and one of them '
                f'above 0, found {num_bad} and {num_good}.'
            )
        self.num_bad = num_bad
        self.num_good = num_good
        self.pictures = pictures
        self._answers: list[AnswerSample] = []

    def before_val_epoch(self, runner: Runner) -> None:
        """Forget the last validation."""
        self._answers = []

    def after_val_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Sequence = ()
    ) -> None:
        """Take the answers of a batch."""
        self._answers += [answer_sample(sample) for sample in outputs or ()]

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Choose, log and write."""
        gathered = all_gather_object(self._chosen(self._answers))
        self._answers = []
        if not is_main_process():
            return
        # Processes repeat pictures so that all have the same number.
        unique = {(one.img_path, one.prompts): one for part in gathered for one in part}
        chosen = self._chosen(list(unique.values()))
        if chosen:
            self._log(runner, chosen)
            self._write(Path(runner.work_dir) / 'answers', runner, chosen)

    def _chosen(self, answers: list[AnswerSample]) -> list[AnswerSample]:
        ranked = sorted(answers, key=lambda one: (one.quality, one.img_path, one.prompts))
        bad = ranked[: self.num_bad]
        rest = ranked[len(bad) :]
        return bad + rest[max(0, len(rest) - self.num_good) :]

    def _log(self, runner: Runner, chosen: Sequence[AnswerSample]) -> None:
        names = short_names(one.img_path for one in chosen)
        for one in chosen:
            text = json.dumps(one.answer, ensure_ascii=False)
            if len(text) > _LOGGED_CHARACTERS:
                text = text[:_LOGGED_CHARACTERS] + '...'
            state = f'{one.status}, cut off' if one.truncated else one.status
            state += f', quality {max(one.quality, 0):.2f}'
            runner.logger.info(f'{one.task} ({state}) {names[one.img_path]}: {text}')

    def _write(self, folder: Path, runner: Runner, chosen: Sequence[AnswerSample]) -> None:
        lines = [json.dumps(dataclasses.asdict(one), ensure_ascii=False) for one in chosen]
        write_text(folder / f'iter_{runner.iter}.jsonl', '\n'.join(lines) + '\n')
        if not self.pictures:
            return
        try:
            pictures = [one.picture() for one in chosen]
        except UserInputError as error:  # the file has gone since, or is no local one
            runner.logger.warning(f'AnswerSamplesHook: no picture grid: {error}')
            return
        names = short_names(one.img_path for one in chosen)
        captions = [
            f'{names[one.img_path]}, {one.task}: {one.status}, quality {max(one.quality, 0):.2f}'
            for one in chosen
        ]
        write_image(folder / f'iter_{runner.iter}.jpg', image_grid(pictures, captions))
