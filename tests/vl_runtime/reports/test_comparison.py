"""Runs side by side: what may be compared, the numbers, the page."""

import base64
import csv
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from tests.vl_runtime.reports.results import result
from vl_runtime.errors import InputValueError
from vl_runtime.reports.compared_run import (
    ComparedRun,
    RunRequest,
    _boxed,
    options_by_label,
    same_split,
)
from vl_runtime.reports.comparison import compare_runs, comparison_of
from vl_runtime.reports.comparison_report import write_comparison
from vl_runtime.reports.evaluate import evaluate_recipe
from vl_runtime.reports.measured_run import MeasuredRun, RunCost

BOX, HALF = (0.0, 0.0, 40.0, 40.0), (0.0, 0.0, 40.0, 20.0)
CLASSES = ('cat', 'dog')


def run_of(label, *predicted, classes=CLASSES, true_label=0, keys=None):
    """One picture for each of ``predicted``, which shows a cat (or ``true_label``) at BOX."""
    results = [
        result(key, [(box, 0.9, true_label)], [(BOX, true_label)])
        for key, box in zip(keys or range(len(predicted)), predicted)
    ]
    cost = RunCost(len(results), 2.0, 3.0, 1, 2**27, 2**20, 1000, 'a machine')
    run = MeasuredRun('model', {}, results, cost)
    return ComparedRun(label, run, classes, {'checkpoint': 2**21}, True, 'recipe.py best.pth')


def test_values_and_differences_are_of_the_same_pictures():
    found = comparison_of(same_split([run_of('a', HALF, HALF), run_of('b', BOX, BOX)]))
    assert found.accuracy['mean IoU'] == pytest.approx([0.5, 1.0])
    assert found.accuracy['AP'] == pytest.approx([0.1, 1.0])  # a hit at IoU 0.5 alone
    assert found.accuracy['AP medium'] == pytest.approx([0.1, 1.0])
    assert found.accuracy['AP small'] == found.accuracy['AP large'] == [None, None]
    assert found.by_class['cat'] == pytest.approx([0.1, 1.0])
    assert found.by_class['dog'] == [None, None]
    assert found.difference_rows('b')['mean IoU'] == '+0.500 [+0.500, +0.500]'
    assert found.cost['pictures/s'] == ['1.00', '1.00']
    assert found.cost['on disk, MiB'] == ['2.0 checkpoint', '2.0 checkpoint']


def test_classes_and_pictures_may_come_in_another_order():
    first = run_of('a', BOX, HALF)
    other = run_of('b', HALF, BOX, classes=('dog', 'cat'), true_label=1, keys=[1, 0])
    aligned = same_split([first, other])[1]
    assert [one.key for one in aligned.run.results] == ['0', '1']
    assert [one.labels.tolist() for one in aligned.run.results] == [[0], [0]]
    assert comparison_of([first, aligned]).accuracy['mean IoU'] == pytest.approx([0.75, 0.75])


def moved_object(run):
    results = list(run.run.results)
    results[1] = replace(results[1], true_boxes=results[1].true_boxes + 1)
    return replace(run, run=replace(run.run, results=results))


@pytest.mark.parametrize(
    'other, message',
    [
        (run_of('b', BOX, BOX, classes=('cat', 'cow')), "b: expected the 2 classes of a, .* 'cow'"),
        (run_of('b', BOX), "b: expected the 2 samples of a, found 1 .* '1'.; compare on the same"),
        (run_of('b', BOX, BOX, keys=[0, 9]), "the 2 samples of a, found 2 .first difference: '1'"),
        (moved_object(run_of('b', BOX, BOX)), 'b: sample 1: expected the 1 annotated boxes that a'),
        (run_of('a', BOX, BOX), 'a: expected a label of its own for each run, found it twice'),
    ],
)
def test_what_was_measured_on_other_data_is_refused(other, message):
    with pytest.raises(InputValueError, match=message):
        same_split([run_of('a', BOX, BOX), other])


def test_one_run_is_no_comparison():
    with pytest.raises(InputValueError, match='expected two or more runs to compare, found 1'):
        same_split([run_of('a', BOX)])


def test_one_task_is_compared_with_detectors_that_know_none():
    def found(*results):
        run = replace(run_of('a', BOX).run, results=results)
        return SimpleNamespace(label='a', runs=[run])

    subject = result('7/main_subject', [(BOX, 1.0, 0)], [(BOX, 0)], task='main_subject')
    words = result('7/caption', task='caption', expected='A cat.')
    plain = result('7', [(BOX, 1.0, 0)], [(BOX, 0)])
    assert [one.key for one in _boxed(found(subject))[0].results] == ['7']
    assert [one.key for one in _boxed(found(subject, words, plain))[0].results] == ['7']
    with pytest.raises(InputValueError, match='a: expected annotated boxes to compare, found none'):
        _boxed(found(words))


def test_runs_are_recipes_or_folders(tmp_path):
    assert RunRequest.parse('a=configs/x.py:http://host/y.pth') == RunRequest(
        label='a', config='configs/x.py', checkpoint='http://host/y.pth'
    )
    assert RunRequest.parse('a=x.py:') == RunRequest(label='a', config='x.py')
    assert RunRequest.parse(str(tmp_path)) == RunRequest(folder=str(tmp_path))
    assert RunRequest.parse(f'b={tmp_path}') == RunRequest(label='b', folder=str(tmp_path))
    for wrong in ('x.py:best.pth', 'a=x.py', 'gone'):
        with pytest.raises(InputValueError, match=r'expected LABEL=CONFIG\.py:CHECKPOINT or the f'):
            RunRequest.parse(wrong)


def test_changes_of_a_recipe_are_for_all_or_for_one():
    found = options_by_label(['data_root=C:/x', 'a:model_root=/m:1'])
    assert found == {'': ['data_root=C:/x'], 'a': ['model_root=/m:1']}
    with pytest.raises(InputValueError, match=r'--cfg-options c:\.\.\.: expected the label of a'):
        compare_runs([RunRequest(label='a', config='x.py')], Path('gone'), options={'c': ['x=1']})


class Page(HTMLParser):
    """Counts what matters and checks that tags close."""

    def __init__(self):
        super().__init__()
        self.open, self.rows, self.images, self.links = [], 0, [], []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.rows += tag == 'tr'
        self.links += [attributes[k] for k in ('href', 'src') if k in attributes and tag != 'img']
        if tag == 'img':
            self.images.append(attributes['src'])
        if tag not in ('img', 'meta'):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_measured_and_read_runs_become_one_page_without_the_network(square_run, tmp_path):
    recipe, checkpoint = square_run
    earlier = evaluate_recipe(recipe, checkpoint, 'earlier', out=tmp_path / 'out', num_pictures=0)
    # An earlier answer that missed the cat, so that there is something to disagree about.
    file = earlier.folder / 'images_model.jsonl'
    lines = file.read_text().splitlines()
    lines[0] = lines[0].replace('[0.0, 0.0, 20.0, 20.0]', '[40.0, 40.0, 60.0, 60.0]', 1)
    file.write_text('\n'.join(lines) + '\n')
    comparison = compare_runs(
        [
            RunRequest.parse(f'now <1>={recipe}:{checkpoint}'),
            RunRequest(folder=str(earlier.folder)),
        ],
        tmp_path / 'log',
        options={'': ['test_dataloader.batch_size=1']},
    )
    assert comparison.labels == ['now <1>', 'earlier']
    assert comparison.accuracy['mean IoU'] == pytest.approx([0.5, 1 / 6])
    assert comparison.cost['speed measured'] == ['here', 'earlier']
    assert any('earlier process' in note for note in comparison.notes)
    assert any('batch sizes differ' in note for note in comparison.notes)

    path = write_comparison(comparison, tmp_path / 'page', num_pictures=3)
    text = path.read_text()
    page = Page()
    page.feed(text)
    page.close()
    assert page.open == [] and page.links == [] and 'http' not in text and 'url(' not in text
    assert 'now &lt;1&gt;' in text and 'now <1>' not in text
    (picture,) = page.images  # they disagree about one picture
    data = base64.b64decode(picture.removeprefix('data:image/jpeg;base64,'))
    assert cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).shape[1] > 800
    assert page.rows > 20

    markdown = (path.parent / 'comparison.md').read_text()
    assert '![1.png](disagreement_1.jpg)' in markdown and '| AP large ' in markdown
    with (path.parent / 'comparison.csv').open() as table:
        rows = list(csv.DictReader(table))
    assert [row['label'] for row in rows] == ['now <1>', 'earlier']
    assert float(rows[0]['mean IoU']) == pytest.approx(0.5) and rows[0]['AP large'] == ''
