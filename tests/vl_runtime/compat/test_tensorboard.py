"""A recipe that asks for TensorBoard trains without it."""

import logging

from mmengine.config import Config

from vl_runtime.compat import optional, tensorboard

LOCAL, BOARD = {'type': 'LocalVisBackend'}, {'type': 'mmengine.TensorboardVisBackend'}


def recipe():
    return Config({'vis_backends': [LOCAL, BOARD], 'visualizer': {'vis_backends': [LOCAL, BOARD]}})


def test_a_missing_package_is_told_and_left_out(monkeypatch):
    lines = []
    monkeypatch.setattr(optional, 'available', lambda package: False)
    monkeypatch.setattr(tensorboard, 'print_log', lambda text, **rest: lines.append((text, rest)))
    config = recipe()
    tensorboard.drop_missing_tensorboard(config)
    assert config.vis_backends == config.visualizer.vis_backends == [LOCAL]
    ((text, rest),) = lines
    assert 'TensorBoard is not installed' in text and 'pip install tensorboard' in text
    assert rest['level'] == logging.WARNING


def test_with_the_package_nothing_changes(monkeypatch):
    monkeypatch.setattr(optional, 'available', lambda package: package == 'tensorboard')
    config = recipe()
    tensorboard.drop_missing_tensorboard(config)
    assert config.vis_backends == [LOCAL, BOARD]
