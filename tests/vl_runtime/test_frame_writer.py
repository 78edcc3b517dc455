import json

import numpy as np
import pytest

from vl_runtime.frame_writer import frame_writer
from vl_runtime.image_files import open_video, video_frames
from vl_runtime.prediction import Prediction

FOUND = Prediction(
    'f', (64, 48), np.ones((1, 4), np.float32), np.ones(1, np.float32), np.zeros(1, int), ('é',)
)
FRAME = np.zeros((48, 64, 3), np.uint8)


def test_every_frame_is_a_line_and_a_picture_of_the_video(tmp_path):
    with frame_writer(tmp_path / 'a.jsonl', tmp_path / 'v' / 'a.mp4', rate=4) as writer:
        writer.add(FOUND, FRAME)
        writer.add(FOUND, FRAME)
        writer.add(FOUND, FRAME, time_s=7.0)
    entries = [json.loads(line) for line in (tmp_path / 'a.jsonl').read_text('utf-8').splitlines()]
    assert [(entry['frame'], entry['time_s']) for entry in entries] == [(0, 0), (1, 0.25), (2, 7)]
    assert entries[0]['boxes'][0]['text'] == 'é'
    capture = open_video(tmp_path / 'v' / 'a.mp4')
    assert len(list(video_frames(capture))) == 3
    capture.release()


def test_what_was_interrupted_leaves_nothing(tmp_path):
    with (
        pytest.raises(ZeroDivisionError),
        frame_writer(tmp_path / 'a.jsonl', tmp_path / 'a.mp4') as writer,
    ):
        writer.add(FOUND, FRAME)
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
