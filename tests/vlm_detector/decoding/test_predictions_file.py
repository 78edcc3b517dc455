"""A predictions file can be stopped, continued, read back, and tells where it is broken."""

import json

import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.structures import InstanceData

from vl_runtime.errors import InputFileNotFoundError, InputPermissionError, InputValueError
from vlm_detector.codecs import COUNTERS
from vlm_detector.decoding import (
    PredictionsWriter,
    predictions_file,
    read_predictions,
    record_of,
    sample_of,
)

HEADER = {'model': 'tiny', 'classes': ['cat', '猫']}


def sample(img_id=1):
    made = DetDataSample(
        metainfo={
            'img_id': img_id,
            'img_path': f'images/{img_id}.png',
            'ori_shape': (50, 60),
            'img_shape': (100, 120, 3),
            'model_size_wh': (128, 96),
            'prompts': ('Locate cat.', 'Locate 猫.'),
        }
    )
    made.pred_instances = InstanceData(
        bboxes=torch.tensor([[1.5, 2.25, 30.1, 40.7], [0, 0, 60, 50]]),
        scores=torch.tensor([0.75, 0.1]),
        labels=torch.tensor([1, 0]),
    )
    made.answers = ('[{"bbox_2d":[1,2,3,4],"label":"猫"}]', '[]')
    made.answer = '\n'.join(made.answers)
    made.finished = (True, False)
    made.truncated = True
    made.parse_status = 'ok'
    made.counters = dict.fromkeys(COUNTERS, 0) | {'clipped': 1}
    return made


def written(path, ids, header=HEADER):
    with PredictionsWriter(path, header) as writer:
        for img_id in ids:
            writer.add(record_of(sample(img_id)))


def stopped(path, ids):
    with pytest.raises(KeyboardInterrupt), PredictionsWriter(path, HEADER) as writer:
        for img_id in ids:
            writer.add(record_of(sample(img_id)))
        raise KeyboardInterrupt


def test_a_sample_comes_back_as_it_was(tmp_path):
    written(tmp_path / 'p.jsonl', [1, 'two'])
    header, records = read_predictions(tmp_path / 'p.jsonl')
    assert header['model'] == 'tiny' and header['classes'] == ['cat', '猫']
    back, made = sample_of(records[1]), sample('two')
    assert back.img_id == 'two' and back.ori_shape == (50, 60) and back.img_shape == (100, 120)
    for key in ('bboxes', 'scores', 'labels'):
        torch.testing.assert_close(
            back.pred_instances[key], made.pred_instances[key], rtol=0, atol=0
        )
        assert back.pred_instances[key].dtype == made.pred_instances[key].dtype
    for key in ('answers', 'answer', 'finished', 'truncated', 'parse_status', 'counters'):
        assert getattr(back, key) == getattr(made, key)
    assert back.prompts == made.prompts and back.model_size_wh == made.model_size_wh
    assert records[1]['original_size_wh'] == [60, 50]


def test_a_picture_without_boxes_comes_back(tmp_path):
    empty = sample()
    empty.pred_instances = InstanceData(
        bboxes=torch.zeros(0, 4), scores=torch.zeros(0), labels=torch.zeros(0, dtype=torch.int64)
    )
    assert sample_of(record_of(empty)).pred_instances.bboxes.shape == (0, 4)


def test_a_file_gets_its_name_when_it_is_complete(tmp_path):
    path = tmp_path / 'deep' / 'p.jsonl'
    with PredictionsWriter(path, HEADER) as writer:
        writer.add(record_of(sample()))
        assert not path.exists() and writer.partial.exists()
    assert path.exists() and not writer.partial.exists()


def test_a_stopped_run_is_continued(tmp_path):
    path = tmp_path / 'p.jsonl'
    stopped(path, [1, 2])
    with PredictionsWriter(path, HEADER) as writer:
        assert {key[0] for key in writer.done} == {1, 2}
        writer.add(record_of(sample(3)))
    written(tmp_path / 'straight.jsonl', [1, 2, 3])
    assert path.read_bytes() == (tmp_path / 'straight.jsonl').read_bytes()


@pytest.mark.parametrize('cut', [1, 30, 300])
def test_a_line_that_was_cut_is_dropped_with_a_note(tmp_path, monkeypatch, cut):
    lines = []
    monkeypatch.setattr(predictions_file, 'print_log', lambda text, **kwargs: lines.append(text))
    path = tmp_path / 'p.jsonl'
    stopped(path, [1, 2])
    partial = tmp_path / 'p.jsonl.partial'
    partial.write_bytes(partial.read_bytes()[:-cut])
    with PredictionsWriter(path, HEADER) as writer:
        assert {key[0] for key in writer.done} == {1}
        writer.add(record_of(sample(2)))
    assert len(lines) == 1
    assert lines[0].endswith('p.jsonl.partial: line 3 was cut; its picture is predicted again.')
    assert [record['img_id'] for record in read_predictions(path)[1]] == [1, 2]


def test_a_cut_header_starts_again(tmp_path):
    path = tmp_path / 'p.jsonl'
    (tmp_path / 'p.jsonl.partial').write_text('{"format": "mmgr')
    written(path, [5])
    assert len(read_predictions(path)[1]) == 1


def test_a_run_with_other_settings_does_not_continue_the_file(tmp_path):
    path = tmp_path / 'p.jsonl'
    stopped(path, [1])
    with pytest.raises(
        InputValueError,
        match=r'p\.jsonl\.partial: was made with another model; give another file name, or delete '
        r'this file to start again\.$',
    ):
        PredictionsWriter(path, {**HEADER, 'model': 'other'})


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputFileNotFoundError, match=r'p\.jsonl: no such predictions file\.$'):
        read_predictions(tmp_path / 'p.jsonl')


def test_an_unfinished_file_is_named(tmp_path):
    stopped(tmp_path / 'p.jsonl', [1])
    with pytest.raises(
        InputFileNotFoundError,
        match=r'p\.jsonl: no such predictions file\. p\.jsonl\.partial is there: predict again to '
        r'complete it\.$',
    ):
        read_predictions(tmp_path / 'p.jsonl')


def test_a_cut_line_is_named_when_reading(tmp_path):
    path = tmp_path / 'p.jsonl'
    written(path, [1, 2])
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(
        InputValueError, match=r"p\.jsonl: line 3: expected a line of JSON, found b'.*' at its end"
    ):
        read_predictions(path)


@pytest.mark.parametrize(
    'change, message',
    [
        (lambda r: r.pop('scores'), r"line 2: expected the key 'scores', found \["),
        (lambda r: r.update(labels='x'), r"line 2: labels: expected a list, found 'x'\.$"),
        (lambda r: r.update(img_id=[1]), r'line 2: img_id: expected a number or a text, found'),
        (
            lambda r: r.update(scores=[0.5]),
            r'line 2: expected as many scores and labels as boxes \(2\), found 1 and 2\.$',
        ),
        (
            lambda r: r.update(boxes_xyxy=[[1, 2, 3], [1, 2, 3, 4]]),
            r'line 2: expected boxes of four finite numbers each\.$',
        ),
        (
            lambda r: r.update(scores=[float('nan'), 0]),
            r'line 2: expected boxes of four finite numbers each\.$',
        ),
    ],
)
def test_a_line_with_other_content_is_named(tmp_path, change, message):
    path = tmp_path / 'p.jsonl'
    written(path, [1])
    header, line = path.read_text(encoding='utf-8').splitlines()
    record = json.loads(line)
    change(record)
    path.write_text(f'{header}\n{json.dumps(record)}\n', encoding='utf-8')
    with pytest.raises(InputValueError, match=message):
        read_predictions(path)


def test_a_line_that_is_no_object_is_named(tmp_path):
    path = tmp_path / 'p.jsonl'
    written(path, [1])
    with path.open('a') as file:
        file.write('7\n')
    with pytest.raises(InputValueError, match=r"line 3: expected a JSON object, found '7'\.$"):
        read_predictions(path)


def test_a_picture_that_comes_twice_is_named(tmp_path):
    path = tmp_path / 'p.jsonl'
    written(path, [1, 2, 1])
    with pytest.raises(InputValueError, match=r'line 4: img_id 1 is in line 2 too\.$'):
        read_predictions(path)


def test_another_kind_of_file_is_refused(tmp_path):
    (tmp_path / 'p.jsonl').write_text('{"images": []}\n')
    with pytest.raises(
        InputValueError,
        match=r"line 1: expected a header with format 'mmground-predictions-1', found",
    ):
        read_predictions(tmp_path / 'p.jsonl')


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(InputPermissionError, match=r'p\.jsonl\.partial: cannot write here \('):
        PredictionsWriter(tmp_path / 'file' / 'p.jsonl', HEADER)


def test_numbers_survive_to_the_last_digit(tmp_path):
    made = sample()
    generator = np.random.default_rng(0)
    values = torch.from_numpy(generator.random((2, 4)).astype(np.float32) * 1000)
    made.pred_instances.bboxes = values
    with PredictionsWriter(tmp_path / 'p.jsonl', HEADER) as writer:
        writer.add(record_of(made))
    back = sample_of(read_predictions(tmp_path / 'p.jsonl')[1][0])
    assert torch.equal(back.pred_instances.bboxes, values)
