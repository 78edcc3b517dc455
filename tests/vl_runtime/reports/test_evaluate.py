"""A recipe is measured and reported; every number is known by hand."""

import json

import cv2
import pytest

from vl_runtime.errors import InputKeyError, InputValueError
from vl_runtime.reports.evaluate import evaluate_recipe, measure_recipe
from vl_runtime.reports.evaluation import read_evaluation
from vl_runtime.reports.evaluation_table import read_table


@pytest.fixture
def evaluated(square_run, tmp_path):
    return evaluate_recipe(*square_run, 'exp1', out=tmp_path / 'out', num_pictures=2)


def test_everything_is_measured_and_written(evaluated, square_run, tmp_path):
    (run,) = evaluated.runs
    assert [one.quality for one in run.results] == pytest.approx([1, 0.5, 0, None])
    assert evaluated.intervals['model']['mean IoU'].value == pytest.approx(0.5)
    assert evaluated.intervals['model']['success@0.5'].value == pytest.approx(2 / 3)
    ap = evaluated.intervals['model']['AP']
    assert ap.value == pytest.approx(run.metrics['coco/bbox_mAP'])
    assert (run.cost.num_images, run.cost.batch_size) == (2, 2)  # the first batch warms up
    assert run.cost.parameters == 2 and run.cost.images_per_second > 0

    folder = tmp_path / 'out' / 'exp1'
    assert evaluated.folder == folder
    report = (folder / 'evaluation_report.md').read_text()
    for part in (
        '# Evaluation: exp1',
        'all 4 samples',
        '| mean IoU                  | 0.500 [',
        'Unreadable answers: none; this model writes no text.',
        '| coco/bbox_mAP_l  |   n/a |',
        'epoch 3, iteration 75',
        '1e-05 (AdamW)',
        '4 x 8 accumulated',
        'gone/train.json',
        'the file is not here',
        f'{tmp_path}/data/boxes.json',
        '### The 2 worst',
    ):
        assert part in report, part
    for name in ('worst_model.jpg', 'best_model.jpg'):
        assert f'({name})' in report or name == 'best_model.jpg'
    assert cv2.imread(str(folder / 'worst_model.jpg')).shape[1] > 800

    results = json.loads((folder / 'results.json').read_text())
    assert (
        results['meta']['versions']['mmground'] and len(results['meta']['checkpoint_sha256']) == 64
    )
    assert results['config'] == str(square_run[0])
    _, (row,) = read_table(tmp_path / 'out' / 'evaluation_table.csv')
    assert (row['label'], row['samples'], row['weights']) == ('exp1', '4', 'model')
    assert float(row['mean IoU low']) <= float(row['mean IoU']) <= float(row['mean IoU high'])

    again = read_evaluation(folder)
    assert again.runs[0].metrics == pytest.approx(run.metrics)
    assert again.intervals == evaluated.intervals and again.settings == evaluated.settings
    assert again.runs[0].cost == run.cost and again.classes == ('cat', 'dog', 'bird')
    assert [one.to_dict() for one in again.runs[0].results] == [
        one.to_dict() for one in run.results
    ]


def test_an_older_evaluation_is_kept(evaluated, square_run, tmp_path):
    second = evaluate_recipe(*square_run, 'exp1', out=tmp_path / 'out', num_samples=2, seed=1)
    assert second.folder.name == 'exp1-2'
    assert len(second.runs[0].results) == 2
    report = (second.folder / 'evaluation_report.md').read_text()
    assert '2 of 4 samples, drawn with seed 1' in report
    _, rows = read_table(tmp_path / 'out' / 'evaluation_table.csv')
    assert [row['samples'] for row in rows] == ['4', '2']


def test_the_seed_decides_which_samples_are_drawn(square_run, tmp_path):
    drawn = [
        [
            one.key
            for one in measure_recipe(
                *square_run, 'x', num_samples=2, seed=seed, work_dir=tmp_path / 'log'
            )
            .runs[0]
            .results
        ]
        for seed in (0, 0, 3)
    ]
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize(
    'options, error, message',
    [
        ({'compare': ['base']}, InputValueError, 'expected a model with an adapter, found Closed'),
        ({'compare': ['bose']}, InputKeyError, "expected some of base, adapter, merged, found 'b"),
        ({'part': 'train'}, InputKeyError, "part: expected one of test, val, found 'train'"),
        ({'part': 'val'}, InputValueError, 'recipe.py: expected val_dataloader, found none'),
        ({'num_samples': 0}, InputValueError, 'num_samples: expected 1 or more, found 0'),
    ],
)
def test_mistakes_are_one_line(square_run, tmp_path, options, error, message):
    with pytest.raises(error, match=message):
        evaluate_recipe(*square_run, 'exp1', out=tmp_path / 'out', **options)
    assert not list((tmp_path / 'out').glob('*'))  # the label is free for the next try


def test_a_label_is_a_name_of_a_folder(square_run, tmp_path):
    with pytest.raises(InputValueError, match='--label: expected a name that a folder can have'):
        evaluate_recipe(*square_run, 'a/b', out=tmp_path)


def test_a_checkpoint_without_recipe_is_said(square_run, tmp_path):
    import torch

    torch.save({'weight': torch.zeros(2)}, tmp_path / 'bare.pth')
    found = measure_recipe(square_run[0], tmp_path / 'bare.pth', 'x', work_dir=tmp_path / 'log')
    assert [(one.name, one.note) for one in found.settings][-1] == (
        'training',
        'the checkpoint holds no recipe',
    )


def test_broken_folders_are_named(evaluated, tmp_path):
    with pytest.raises(FileNotFoundError, match='expected the folder of an evaluation, found no'):
        read_evaluation(tmp_path)
    file = evaluated.folder / 'results.json'
    file.write_text(file.read_text().replace('evaluation-1', 'evaluation-0'))
    with pytest.raises(InputValueError, match="expected format 'mmground-evaluation-1', found 'mm"):
        read_evaluation(evaluated.folder)
    file.write_text(file.read_text().replace('evaluation-0', 'evaluation-1'))
    (evaluated.folder / 'images_model.jsonl').unlink()
    with pytest.raises(InputValueError, match=r'not a complete evaluation .*evaluate again'):
        read_evaluation(evaluated.folder)
