"""All examples one after the other, and what is left to look at."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from vl_runtime.atomic_files import write_text
from vl_runtime.errors import InputKeyError
from vl_runtime.file_lock import only_process
from vl_runtime.reports.tables import markdown_table, text_table
from vlm_detector.examples.example_run import ExampleResult, Execute, run_example, run_in_process
from vlm_detector.examples.known_examples import EXAMPLES
from vlm_detector.examples.sample_folder import sample_folder

REPORT = 'report.md'
ABOUT = (
    'Tiny models with random weights learn for a handful of steps on a handful of pictures. This '
    'shows that every command works; the scores are those of models that have learnt nothing.'
)
_HEADER = ('application', 'steps', 'seconds', 'report')


def run_examples(
    checkout: str | Path,
    work_dir: str | Path,
    *,
    data: str | Path | None = None,
    names: Sequence[str] = (),
    say: Callable[[str], None],
    execute: Execute = run_in_process,
) -> list[ExampleResult]:
    """Run the guides' commands on the samples; write ``report.md`` to ``work_dir``.

    A failed step ends its example, not the others. What an earlier run has done is kept.

    Args:
        checkout: root of the repository.
        work_dir: a folder for each example goes there.
        data: folder of the samples; looked for beside the checkout if None.
        names: which examples; all by default.
        say: shows one line to the person who waits.
        execute: see ``run_example``.

    Raises:
        UserInputError: no samples, an unknown name, or another process runs them there.
    """
    checkout, work_dir = Path(checkout), Path(work_dir).resolve()
    chosen = _chosen(names)
    samples = sample_folder(data, checkout)
    results = []
    say(f'samples: {samples}\n{ABOUT}')
    with only_process(
        work_dir / '.examples',
        lambda process: f'{work_dir}: process {process} runs the examples there; wait for it.',
    ):
        for example in chosen:
            start = time.perf_counter()
            folder = work_dir / example.name.replace(' ', '_')
            say(f'{example.name} ({example.guide}), in {folder}')
            found = run_example(example, checkout, samples, folder, say=say, execute=execute)
            results.append(found)
            kept = f', {found.kept} kept from an earlier run' if found.kept else ''
            say(f'  {len(found.seconds)} steps{kept}; {time.perf_counter() - start:.0f} s')
            write_text(work_dir / REPORT, report_page(results, work_dir))
    return results


def _chosen(names: Sequence[str]) -> list:
    known = {example.name.replace(' ', '_'): example for example in EXAMPLES}
    for name in names:
        if name not in known:
            raise InputKeyError(f'{name}: expected one of {", ".join(known)}.')
    return [known[name] for name in names or known]


def result_table(results: Sequence[ExampleResult]) -> str:
    """A row for each application, then what failed and what was not run."""
    lines = [text_table(_HEADER, [_row(found, str) for found in results]), '']
    lines += [f'FAILED {found.example.name}: {found.failure}' for found in results if found.failure]
    lines += [f'not run: {text} ({reason})' for text, reason in _not_run(results)]
    return '\n'.join([*lines, ABOUT])


def report_page(results: Sequence[ExampleResult], work_dir: Path) -> str:
    """The same as a Markdown page, with every command, its log and the pictures."""

    def link(path: Path) -> str:
        return f'[{path.name}]({path.relative_to(work_dir).as_posix()})'

    rows = [_row(found, link) for found in results]
    lines = ['# Examples', '', ABOUT, '', markdown_table(_HEADER, rows), '']
    for found in results:
        lines += [f'## {found.example.name}', '', f'The commands of `{found.example.guide}`.', '']
        lines += [f'FAILED: {found.failure}', ''] if found.failure else []
        done = zip(found.steps, found.seconds)
        lines += [
            markdown_table(
                ['command', 'added to make it small', 'seconds', 'log'],
                [
                    [_code(step.text), _code(step.added), f'{time:.0f}', link(found.log(index))]
                    for index, (step, time) in enumerate(done)
                ],
            ),
            '',
        ]
        for path in (found.folder / name for name in found.example.results):
            if path.is_file():
                picture = path.suffix in ('.png', '.jpg')
                lines += [f'{"!" if picture else ""}{link(path)}', '']
    not_run = [f'* `{text}`: {reason}' for text, reason in _not_run(results)]
    return '\n'.join([*lines, '## Not run', '', *not_run, ''])


def _row(found: ExampleResult, show: Callable[[Path], str]) -> tuple[str, str, str, str]:
    steps = f'{len(found.seconds)} of {len(found.steps)}'
    report = found.folder / found.example.results[0]
    there = show(report) if report.is_file() else '-'
    return found.example.name, steps, f'{sum(found.seconds):.0f}', there


def _code(text: str) -> str:
    return f'`{text}`' if text else ''


def _not_run(results: Sequence[ExampleResult]) -> list[tuple[str, str]]:
    return [(c.text, c.reason_not_run) for found in results for c in found.not_run]
