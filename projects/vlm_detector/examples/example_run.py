"""Run the commands of one example in a folder of its own, and go on where it was stopped."""

from __future__ import annotations

import dataclasses
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from vl_runtime.atomic_files import write_json
from vlm_detector.examples.example import Example, Step
from vlm_detector.examples.guide_commands import GuideCommand
from vlm_detector.families.tiny import save_tiny_model

_STATE = 'steps.json'
_CHECKOUT_PARTS = ('configs', 'third_party', 'tools', 'data/captions', 'data/texts')
_LAST_LINE = 300  # characters of it that are shown

Execute = Callable[[Sequence[str], Path, Mapping[str, str], Path], int]


@dataclasses.dataclass
class ExampleResult:
    """What became of one example.

    Attributes:
        example: which.
        folder: where its commands ran.
        steps: all of them.
        seconds: of each step that is done, in their order, from whatever run.
        kept: how many of those an earlier run has done.
        not_run: commands of the guide that don't run everywhere.
        failure: the failed command, its log and the last line in it; empty without one.
    """

    example: Example
    folder: Path
    steps: list[Step]
    seconds: list[float] = dataclasses.field(default_factory=list)
    kept: int = 0
    not_run: list[GuideCommand] = dataclasses.field(default_factory=list)
    failure: str = ''

    def log(self, index: int) -> Path:
        """Where a step's output lies."""
        words = self.steps[index].text.split()
        tool = Path(words[1]).stem if words[1] != '-m' else words[2]
        return self.folder / 'logs' / f'{index + 1:02d}_{tool}.log'


def run_in_process(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path
) -> int:
    """Run a command with its output in ``log``; its exit status."""
    with log.open('ab') as output:
        done = subprocess.run(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    return done.returncode


def run_example(
    example: Example,
    checkout: Path,
    samples: Path,
    folder: Path,
    *,
    say: Callable[[str], None],
    execute: Execute = run_in_process,
) -> ExampleResult:
    """Prepare ``folder`` and run all steps that an earlier run has not done.

    The folder looks like a checkout: its ``tools`` and ``configs`` are links, ``data`` and
    ``work_dirs`` its own, so the guide's relative paths mean files of the example. When the
    commands before the first open one have changed, the folder is removed and all starts again.

    Args:
        example: which.
        checkout: root of the repository.
        samples: see ``sample_folder``.
        folder: of this example alone.
        say: shows one line to the person who waits.
        execute: ``execute(command, folder, environment, log)`` -> exit status.
    """
    steps, not_run = example.steps(checkout)
    result = ExampleResult(example, folder, steps, not_run=not_run)
    result.seconds = _done_before(folder, steps)
    result.kept = len(result.seconds)
    if not result.kept:
        _prepare(example, checkout, samples, folder)
    for index in range(result.kept, len(steps)):
        say(f'  [{index + 1}/{len(steps)}] {steps[index].text}')
        start = time.perf_counter()
        result.failure = _failure(result, index, execute)
        if result.failure:
            say(f'        FAILED: {result.failure}')
            return result
        result.seconds.append(time.perf_counter() - start)
        say(f'        {result.seconds[-1]:.0f} s')
        done = [{'command': s.whole, 'seconds': t} for s, t in zip(steps, result.seconds)]
        write_json(folder / _STATE, done, indent=1)
    return result


def _done_before(folder: Path, steps: list[Step]) -> list[float]:
    """Seconds of the steps that are done; none when they were other ones."""
    path = folder / _STATE
    done = json.loads(path.read_text(encoding='utf-8')) if path.is_file() else []
    if [one['command'] for one in done] == [step.whole for step in steps[: len(done)]]:
        return [one['seconds'] for one in done]
    return []


def _prepare(example: Example, checkout: Path, samples: Path, folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    (folder / 'logs').mkdir(parents=True)
    for name in _CHECKOUT_PARTS:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(checkout.resolve() / name)
    example.prepare(samples, folder)
    for family in example.families:
        save_tiny_model(family, folder / 'models' / family)


def _failure(result: ExampleResult, index: int, execute: Execute) -> str:
    step, log = result.steps[index], result.log(index)
    words = shlex.split(step.whole)
    command = [sys.executable, *words[1:]] if words[0] == 'python' else words
    log.write_text(f'$ {step.whole}\n', encoding='utf-8')
    # Checksums of the small archives must not be taken for those of the real ones.
    private = {'MMGROUND_CACHE': str((result.folder / 'cache').resolve()), 'HF_HUB_OFFLINE': '1'}
    status = execute(command, result.folder, {**os.environ, **private}, log)
    if not status:
        return ''
    lines = log.read_text(encoding='utf-8', errors='replace').split('\n')
    last = next((line for line in reversed(lines) if line.strip()), '')
    return f'{step.whole} ended with status {status}; log {log}: {last.strip()[-_LAST_LINE:]}'
