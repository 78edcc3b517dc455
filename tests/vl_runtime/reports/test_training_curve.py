import json

import cv2

from vl_runtime.reports.training_curve import draw_training_curve


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
