"""The commands that report; in this process, because starting four costs a minute."""

import json
import runpy
import sys

import pytest

from tests.vl_runtime.reports.conftest import square_run  # noqa: F401  a fixture


@pytest.fixture
def tool(repository, monkeypatch, capsys):
    """``tool(name, *arguments)``: what it prints; raises SystemExit as the process would."""
    monkeypatch.syspath_prepend(str(repository / 'tools'))

    def run(name, *arguments):
        path = repository / 'tools' / f'{name}.py'
        monkeypatch.setattr(sys, 'argv', [str(path), *map(str, arguments)])
        runpy.run_path(str(path), run_name='__main__')
        return capsys.readouterr().out

    return run


def test_evaluations_are_written_and_compared(tool, square_run, tmp_path):  # noqa: F811
    recipe, checkpoint = square_run
    out = tmp_path / 'evaluations'
    said = tool('evaluate', recipe, checkpoint, '--label', 'one', '--out', out, '--num-samples', 3)
    assert '3 samples' in said and 'AP ' in said
    assert said.rstrip().endswith(f'report: {out}/one/evaluation_report.md')

    said = tool(
        *('compare', f'now={recipe}:{checkpoint}', out / 'one', '--out', tmp_path / 'side'),
        *('--num-samples', 3, '--cfg-options', 'now:test_dataloader.batch_size=1'),
    )
    assert 'now' in said and 'one' in said and (tmp_path / 'side/comparison.html').is_file()
    assert said.rstrip().endswith(f'page: {tmp_path}/side/comparison.html')


def test_mistakes_are_one_line_and_status_one(tool, square_run, tmp_path, capsys):  # noqa: F811
    recipe, checkpoint = square_run
    folder = tmp_path / 'x'
    calls = [
        ('evaluate', recipe, checkpoint, '--label', 'x', '--out', folder, '--compare', 'base'),
        ('compare_prompts', recipe, checkpoint, '--prompts', 'v1', 'v2', '--out', folder),
        ('compare', 'nothing', folder, '--out', folder),
        ('plot_log', folder, '--out', folder / 'a.png'),
    ]
    for call in calls:
        with pytest.raises(SystemExit) as stopped:
            tool(*call)
        assert stopped.value.code == 1
        lines = [line for line in capsys.readouterr().err.splitlines() if 'batch/s' not in line]
        assert len(lines) == 1 and lines[0].startswith('error: '), lines


def test_curves_of_several_runs(tool, tmp_path):
    for name in ('a', 'b'):
        path = tmp_path / name / 'vis_data' / 'scalars.json'
        path.parent.mkdir(parents=True)
        lines = [{'loss': 1 / i, 'epoch': 1, 'iter': i, 'step': i} for i in (1, 2)]
        path.write_text('\n'.join(map(json.dumps, [*lines, {'box/mean_iou': 0.5, 'step': 1}])))
    said = tool('plot_log', tmp_path / 'a', f'other={tmp_path / "b"}', '--out', tmp_path / 'c.png')
    assert said == f'{tmp_path / "c.png"}: loss of a, other, box/mean_iou\n'
    assert (tmp_path / 'c.png').stat().st_size > 5000
