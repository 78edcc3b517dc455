import json

import cv2
import pytest

from vl_runtime.errors import InputKeyError, InputValueError
from vl_runtime.reports.training_curve import draw_overlay, draw_training_curve


def write_run(folder, lines):
    path = folder / '20260101_000000' / 'vis_data' / 'scalars.json'
    path.parent.mkdir(parents=True)
    path.write_text(
        '\n'.join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    )
    return path


def test_curve_shows_losses_and_metrics(tmp_path):
    lines = [
        {'loss': 10.0 / i, 'loss_cls': 5.0 / i, 'lr': 0.1, 'iter': i, 'step': i}
        for i in range(1, 9)
    ]
    write_run(
        tmp_path, [*lines, {'coco/bbox_mAP': 0.5, 'step': 1}, {'coco/bbox_mAP': 0.6, 'step': 2}]
    )
    picture = draw_training_curve(tmp_path, tmp_path / 'curve.png')
    image = cv2.imread(str(picture))
    assert image.shape[1] > image.shape[0] > 100 and image.std() > 5


def test_several_runs_share_a_picture(tmp_path):
    for name, factor in (('a', 1), ('b', 2)):
        lines = [{'loss': factor / i, 'epoch': 1, 'iter': i, 'step': i} for i in (1, 2, 3)]
        write_run(tmp_path / name, [*lines, {'answer/mean_iou': 0.2 * factor, 'step': 1}])
    runs = {name: tmp_path / name for name in 'ab'}
    picture, metric = draw_overlay(runs, tmp_path / 'both.png')
    assert metric == 'answer/mean_iou'
    assert cv2.imread(str(picture)).std() > 5
    assert draw_overlay(runs, tmp_path / 'both.svg')[0].read_text().count('<svg') == 1
    with pytest.raises(
        InputKeyError, match=r"--metric answer/mean: expected .* Did you mean 'answ"
    ):
        draw_overlay(runs, tmp_path / 'both.png', 'answer/mean')
    with pytest.raises(InputValueError, match=r'both\.doc: expected a name that ends in \.png'):
        draw_overlay(runs, tmp_path / 'both.doc')


def test_a_run_without_a_sum_of_losses_is_named(tmp_path):
    write_run(tmp_path, [{'loss_cls': 1.0, 'epoch': 1, 'iter': 1, 'step': 1}])
    with pytest.raises(InputValueError, match=r"expected the key 'loss' .* found loss_cls"):
        draw_overlay({'a': tmp_path}, tmp_path / 'a.png')
