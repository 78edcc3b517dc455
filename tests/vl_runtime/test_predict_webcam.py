import json
from collections import Counter

import pytest

from vl_runtime.errors import InputValueError
from vl_runtime.image_files import open_video
from vl_runtime.inference import Predictor
from vl_runtime.predict_webcam import open_webcam, predict_webcam


@pytest.fixture
def predictor(predictor_recipe):
    predictor = Predictor.from_checkpoint(predictor_recipe, device='cpu')
    predictor.set_vocabulary(['cat'])
    return predictor


def lines_of(folder):
    lines = (folder / 'frames' / 'webcam.jsonl').read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_frames_of_a_camera_become_lines_and_a_video(predictor, clip, tmp_path):
    capture = open_video(clip)  # stands for a camera: the same class of cv2
    assert predict_webcam(predictor, capture, tmp_path) == (3, Counter(cat=3))
    assert [line['frame'] for line in lines_of(tmp_path)] == [0, 1, 2]
    times = [line['time_s'] for line in lines_of(tmp_path)]
    assert times == sorted(times)
    assert (tmp_path / 'pictures' / 'webcam.mp4').stat().st_size > 0


def test_it_stops_after_the_number_of_frames(predictor, clip, tmp_path):
    number, _ = predict_webcam(predictor, open_video(clip), tmp_path, max_frames=2, pictures=False)
    assert number == len(lines_of(tmp_path)) == 2
    assert not (tmp_path / 'pictures').exists()


def test_ctrl_c_ends_it_and_keeps_what_was_found(predictor, clip, tmp_path):
    def interrupted(frames, **_):
        yield next(frames)
        raise KeyboardInterrupt

    number, _ = predict_webcam(predictor, open_video(clip), tmp_path, progress=interrupted)
    assert number == len(lines_of(tmp_path)) == 1


def test_a_camera_that_is_not_there_is_one_line(capfd):
    with pytest.raises(InputValueError, match='--webcam 97: expected a camera, found none'):
        open_webcam(97)
    with pytest.raises(InputValueError, match='--webcam: expected a number from 0, found -1'):
        open_webcam(-1)
    assert capfd.readouterr().err == ''
