import json

import pytest

from vl_runtime.errors import InputValueError
from vl_runtime.reports.retention_report import (
    Comparison,
    main_metric,
    read_before,
    retention_table,
    write_retention_report,
)

BEFORE = {'coco/bbox_mAP': 0.8, 'coco/mAP/untaught': 0.6, 'coco/AP/red star': 0.5}
AFTER = {'coco/bbox_mAP': 0.3, 'coco/mAP/untaught': 0.1, 'coco/AP/red star': 0.0}
HELD_OUT = Comparison('shapes', BEFORE, AFTER)
FIXED = Comparison('own', {}, {'coco/bbox_mAP': 0.9}, 'before: a fixed vocabulary')


def test_every_metric_is_a_row_with_its_change_and_classes_are_left_out():
    assert retention_table([HELD_OUT, FIXED]).splitlines() == [
        '| test set |            metric | before | after | change |',
        '|:---------|------------------:|-------:|------:|-------:|',
        '| shapes   |     coco/bbox_mAP |  0.800 | 0.300 | -0.500 |',
        '| shapes   | coco/mAP/untaught |  0.600 | 0.100 | -0.500 |',
        '| own      |     coco/bbox_mAP |      - | 0.900 |      - |',
    ]


def test_the_report_is_written_and_its_start_is_read_again(tmp_path):
    path = write_retention_report(tmp_path, [HELD_OUT, FIXED], ['Before: `a.pth`.'])
    text = path.read_text()
    assert 'Before: `a.pth`.' in text and '| shapes   |' in text
    assert text.endswith('own: before: a fixed vocabulary.\n')
    assert json.loads((tmp_path / 'retention.json').read_text())[0]['before'] == BEFORE
    assert read_before(tmp_path, 'shapes') == BEFORE
    assert read_before(tmp_path, 'own') is None  # it had no start
    assert read_before(tmp_path / 'absent', 'shapes') is None


def test_a_damaged_report_is_told(tmp_path):
    (tmp_path / 'retention.json').write_text('[{"data": 1')
    with pytest.raises(InputValueError, match=r'retention\.json: not a report of retention'):
        read_before(tmp_path, 'shapes')


def test_the_metric_that_stands_for_all():
    assert main_metric(BEFORE) == 'coco/bbox_mAP'
    assert main_metric({'lvis/x': 1, 'lvis/bbox_AP': 0.2}) == 'lvis/bbox_AP'
    assert main_metric({'error': 1.0}) == 'error'
    with pytest.raises(InputValueError, match='expected metrics of the recipe, found none'):
        main_metric({})
