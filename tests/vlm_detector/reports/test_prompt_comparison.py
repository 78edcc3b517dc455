"""Prompts are chosen on validation data and tested once."""

import csv
import json
from pathlib import Path

import pytest
import torch

from vl_runtime.errors import InputKeyError, InputValueError
from vlm_detector.reports.prompt_comparison import PromptComparison, PromptScore, compare_prompts
from vlm_detector.reports.prompt_comparison_report import report_text, write_prompt_report


@pytest.fixture(scope='module')
def compared(adapted_run, tmp_path_factory):
    return compare_prompts(
        *adapted_run, ['v1', 'v2'], out=tmp_path_factory.mktemp('prompts'), num_samples=2
    )


def test_every_prompt_is_asked_of_base_and_adapter(compared):
    assert [(one.weights, one.prompt, one.template) for one in compared.of_part('val')] == [
        ('base', 'v1', 'mine@1'),
        ('base', 'v2', 'mine@2'),
        ('adapter', 'v1', 'mine@1'),
        ('adapter', 'v2', 'mine@2'),
    ]
    assert all(one.num_samples == 2 and one.metric == 'mean IoU' for one in compared.scores)
    # Read from the model while it was asked.
    assert {one.prompt: one.text for one in compared.scores if one.part == 'val'} == {
        'v1': 'Boxes: {classes}',
        'v2': 'Find {classes}, | please.',
    }
    for name in ('val_base_v1', 'val_adapter_v2', 'test_adapter'):
        lines = (compared.folder / f'{name}.jsonl').read_text().splitlines()
        assert 'metrics' in json.loads(lines[0]) and len(lines) == 3
        assert all(json.loads(line)['answer'].startswith('[') for line in lines[1:])


def test_the_best_of_each_is_tested(compared):
    for weights in ('base', 'adapter'):
        on_val = [one for one in compared.of_part('val') if one.weights == weights]
        best = max(on_val, key=lambda one: one.score).prompt
        assert compared.chosen[weights, 'detection'] == best
        (tested,) = [one for one in compared.of_part('test') if one.weights == weights]
        assert tested.prompt == best and tested.template == f'mine@{best[1]}'


def test_table_and_report_are_written(compared):
    report = write_prompt_report(compared)
    assert report.parent.name.startswith('prompt_comparison_2')
    text = report.read_text()
    assert '**Validation and test data are the same file here' in text
    assert '`Boxes: {classes}`' in text and '## Chosen' in text
    with (report.parent / 'comparison_table.csv').open() as file:
        rows = list(csv.DictReader(file))
    assert [row['data'] for row in rows] == ['val'] * 4 + ['test'] * 2
    assert sum(row['chosen'] == 'yes' for row in rows if row['data'] == 'val') == 2


def score(part, prompt, value, task='caption', metric='text/caption/normalized'):
    text = ('base', task, prompt, f'caption@{prompt[1:]}', 'Say.', 'ab' * 32, metric)
    return PromptScore(part, *text, value, None, 4, 1)


def test_a_text_metric_is_reported_without_interval():
    found = PromptComparison('r.py', 'c.pth', Path('x'), date='now')
    found.scores = [score('val', 'v1', 0.25), score('val', 'v2', 0.5), score('test', 'v2', 0.4)]
    found.chosen = {('base', 'caption'): 'v2'}
    text = report_text(found)
    assert 'same file' not in text
    assert [cell.strip() for cell in text.split('## Chosen')[1].splitlines()[4].split('|')] == (
        ['', 'caption', 'base', 'v2', 'text/caption/normalized', '0.500', '0.400', '4', '1', '']
    )


@pytest.mark.parametrize(
    'prompts, error, message',
    [
        (['v1'], InputValueError, r"--prompts: expected two or more to compare, found \['v1'\]"),
        (['v1', 'v3'], InputKeyError, r"--prompts v3: .* task 'detection', found only 'mine@1'; w"),
        (['v1', 'v7'], InputKeyError, r"prompt '\w+@7': expected one of"),
    ],
)
def test_mistakes_are_one_line(adapted_run, tmp_path, prompts, error, message):
    with pytest.raises(error, match=message):
        compare_prompts(*adapted_run, prompts, out=tmp_path)


@pytest.mark.slow
def test_a_detector_without_words_has_no_prompts(repository, tmp_path, adapted_run):
    from mmengine.registry import MODELS, DefaultScope

    from vl_runtime import launch

    yolo = launch.load_config(
        repository / 'configs/finetune/yolo_world_n_finetune_own.py',
        {'data_root': adapted_run[0].data_root, 'test_dataloader.num_workers': 0}
        | {'test_dataloader.persistent_workers': False, 'log_level': 'ERROR'},
    )
    with DefaultScope.overwrite_default_scope(yolo.default_scope):
        weights = MODELS.build(yolo.model).state_dict()
    torch.save({'state_dict': weights}, tmp_path / 'random.pth')
    with pytest.raises(InputValueError, match='a model that answers in words, found YOLOWorldDet'):
        compare_prompts(yolo, tmp_path / 'random.pth', ['v1', 'v2'], out=tmp_path)
