"""A server's answers are those of the local model: same objects, same predictions file."""

import json
import socket

import numpy as np
import pytest
from mmdet.structures import DetDataSample
from mmengine.registry import MODELS

from tests.vlm_detector.decoding.replaying_server import MODEL, Replay, serving
from tests.vlm_detector.decoding.tiny_requests import CLASSES, pictures, requests_of
from vl_runtime.errors import InputValueError
from vlm_detector.decoding import (
    BatchedGreedyEngine,
    NaiveEngine,
    PredictionsWriter,
    detect_boxes,
    openai_engine,
    record_of,
)
from vlm_detector.families.model_picture import model_picture
from vlm_detector.tasks import task_of

PROMPTS = [['Locate cat.'], ['Locate 猫.', 'Locate every 狗.'], ['Locate a.']]


def engine(url, **options):
    return MODELS.build({'type': 'OpenAIEngine', 'url': url, 'model': MODEL, **options})


def recorded(it, requests, answers, **options):
    replay = Replay()
    for request, answer in zip(requests, answers, strict=True):
        picture = model_picture(request.image, it.encoder)
        replay.record(it.encoder, request.prompt, picture, answer, **options)
    return replay


@pytest.mark.parametrize('family', ['qwen3_vl', 'qwen2_5_vl', 'florence2'])
@pytest.mark.parametrize('end_token', [True, False])
def test_answers_equal_those_of_the_naive_loop(opened, family, end_token):
    it = opened(family)
    requests = requests_of(it.encoder, PROMPTS)
    answers = NaiveEngine(12).generate(it.model, it.encoder, it.codec, requests)
    grammar = {'type': 'BoxGrammar', 'max_boxes': 2}
    answers[:2] = BatchedGreedyEngine(120, grammar=grammar).generate(
        it.model, it.encoder, it.codec, requests[:2]
    )
    with serving(recorded(it, requests, answers, end_token=end_token)) as url:
        found = engine(url).generate(None, it.encoder, it.codec, requests)
    for one, other in zip(found, answers, strict=True):
        assert one.text == other.text and one.finished == other.finished
        if '\ufffd' in other.text:  # half a character: servers can't spell it either
            assert not one.has_logprobs
            continue
        assert one.has_logprobs
        assert one.token_ids == other.token_ids and one.token_spans == other.token_spans
        np.testing.assert_array_equal(one.logprobs, other.logprobs)
    assert sum(answer.has_logprobs for answer in found) >= 2


def predictions(tmp_path, name, it, using):
    sizes = [(64, 96), (150, 70), (90, 90)]
    samples = [
        DetDataSample(
            metainfo={
                'img_id': index,
                'ori_shape': size,
                'img_shape': size,
                'scale_factor': (1.0, 1.0),
                'model_size_wh': (64, 64),
            }
        )
        for index, size in enumerate(sizes)
    ]
    filled = detect_boxes(
        using,
        it.model,
        it.encoder,
        it.codec,
        images=pictures(it.encoder, sizes),
        samples=samples,
        tasks=[task_of('detection')] * 3,
        class_names=[CLASSES] * 3,
        prompt_of=lambda index, names: f'{index}: {", ".join(names)}',
        classes_per_prompt=4,
    )
    path = tmp_path / name
    with PredictionsWriter(path, {'model': 'tiny'}) as writer:
        for sample in filled:
            writer.add(record_of(sample))
    return path.read_bytes()


def test_the_predictions_file_is_the_same(opened, tmp_path):
    it = opened('qwen3_vl')

    class Recording(BatchedGreedyEngine):
        def generate(self, vlm, encoder, codec, requests):
            self.made = requests, super().generate(vlm, encoder, codec, requests)
            return self.made[1]

    local = Recording(150, grammar={'type': 'BoxGrammar', 'max_boxes': 3})
    expected = predictions(tmp_path, 'local.jsonl', it, local)
    with serving(recorded(it, *local.made)) as url:
        assert predictions(tmp_path, 'served.jsonl', it, engine(url)) == expected
    assert b'"boxes_xyxy": [[' in expected


@pytest.mark.parametrize('family', ['qwen3_vl', 'qwen2_5_vl', 'florence2'])
def test_the_picture_that_is_sent_goes_through_the_processor_unchanged(opened, family):
    encoder = opened(family).encoder
    image = pictures(encoder, [(150, 70)])[0]
    picture = model_picture(image, encoder)
    assert picture.shape == (image.model_size_wh[1], image.model_size_wh[0], 3)
    again = encoder.encode_image(picture)
    assert again.model_size_wh == image.model_size_wh
    np.testing.assert_allclose(again.pixel_values, image.pixel_values, atol=1e-5)


def test_a_request_says_what_a_server_needs(opened):
    it = opened('qwen3_vl')
    requests = requests_of(it.encoder, [['Locate cat.']])
    answers = NaiveEngine(4).generate(it.model, it.encoder, it.codec, requests)
    replay = recorded(it, requests, answers)
    with serving(replay) as url:
        engine(url, max_new_tokens=77).generate(None, it.encoder, it.codec, requests)
    payload = replay.asked[0]
    assert payload['model'] == MODEL and payload['temperature'] == 0
    assert payload['max_tokens'] == 77 and payload['logprobs'] is True
    settings = it.encoder.pixel_settings()
    assert payload['mm_processor_kwargs'] == {
        'min_pixels': settings['min_pixels'],
        'max_pixels': settings['max_pixels'],
    }
    assert replay.keys == [None]


def test_a_busy_server_is_asked_again(opened, monkeypatch):
    it = opened('qwen3_vl')
    requests = requests_of(it.encoder, [['Locate cat.']])
    answers = NaiveEngine(4).generate(it.model, it.encoder, it.codec, requests)
    replay = recorded(it, requests, answers)
    replay.failures = [(429, {'Retry-After': '3'}, '{}'), (503, {}, ''), (500, {}, '')]
    pauses = []
    monkeypatch.setattr('vlm_detector.decoding.chat_server.time.sleep', pauses.append)
    with serving(replay) as url:
        found = engine(url).generate(None, it.encoder, it.codec, requests)
    assert found[0].text == answers[0].text
    assert pauses == [3.0, 1.0, 2.0]


def failing(opened, monkeypatch, replay, **options):
    it = opened('qwen3_vl')
    monkeypatch.setattr('vlm_detector.decoding.chat_server.time.sleep', lambda _: None)
    with serving(replay) as url:
        options = {'retries': 1, **options}
        engine(url, **options).generate(
            None, it.encoder, it.codec, requests_of(it.encoder, [['Locate cat.']])
        )


def test_a_server_that_stays_busy_is_given_up(opened, monkeypatch):
    replay = Replay()
    replay.failures = [(503, {}, '')] * 2
    with pytest.raises(
        InputValueError,
        match=r'/v1: gave up after 2 attempts \(status 503\); lower decode.concurrency, or look at '
        r'the log of the server\.$',
    ):
        failing(opened, monkeypatch, replay)


def test_an_unknown_model_is_named_with_those_that_are_served(opened, monkeypatch):
    with pytest.raises(
        InputValueError,
        match=r"/v1: the server does not know the model 'huge' \(The model huge does not exist\.\)"
        r'; it serves tiny: set decode\.model\.$',
    ):
        failing(opened, monkeypatch, Replay(), model='huge')


def test_a_refused_request_says_why(opened, monkeypatch):
    replay = Replay()
    replay.failures = [(400, {}, json.dumps({'error': {'message': 'too many\n image tokens'}}))]
    with pytest.raises(
        InputValueError,
        match=r'/v1: the server refused the request \(status 400\): too many image tokens$',
    ):
        failing(opened, monkeypatch, replay)


def test_a_missing_key_is_said(opened, monkeypatch):
    replay = Replay()
    replay.failures = [(401, {}, 'Unauthorized')]
    with pytest.raises(
        InputValueError, match=r'wants a key \(Unauthorized\); set decode.api_key_env\.$'
    ):
        failing(opened, monkeypatch, replay)


def test_an_answer_of_another_kind_is_named(opened, monkeypatch):
    replay = Replay()
    replay.failures = [(200, {}, '{"text": "hello"}')]
    with pytest.raises(
        InputValueError, match=r'expected a chat completion with choices, found ".*hello.*"\.$'
    ):
        failing(opened, monkeypatch, replay)


def test_an_answer_that_is_no_json_is_named(opened, monkeypatch):
    replay = Replay()
    replay.failures = [(200, {}, '<html>')]
    with pytest.raises(InputValueError, match=r"expected JSON from the server, found b'<html>'\.$"):
        failing(opened, monkeypatch, replay)


def test_no_server_is_one_line(opened):
    it = opened('qwen3_vl')
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        url = f'http://127.0.0.1:{free.getsockname()[1]}/v1'
    with pytest.raises(
        InputValueError,
        match=r'/v1: no server can be reached \(.*refused.*\); start it \(vllm serve tiny\) or '
        r'correct decode\.url\.$',
    ):
        engine(url).generate(None, it.encoder, it.codec, requests_of(it.encoder, [['a']]))


def test_answers_without_probabilities_are_counted(opened, monkeypatch):
    lines = []
    monkeypatch.setattr(openai_engine, 'print_log', lambda text, **kwargs: lines.append(text))
    it = opened('qwen3_vl')
    requests = requests_of(it.encoder, PROMPTS)
    grammar = {'type': 'BoxGrammar', 'max_boxes': 2}
    answers = BatchedGreedyEngine(120, grammar=grammar).generate(
        it.model, it.encoder, it.codec, requests
    )
    with serving(recorded(it, requests, answers, logprobs=False)) as url:
        found = engine(url).generate(None, it.encoder, it.codec, requests)
    assert not any(answer.has_logprobs for answer in found)
    assert len(lines) == 1
    assert '4 of 4 answers came without usable token probabilities' in lines[0]


def test_a_key_is_read_from_the_environment(opened, monkeypatch):
    monkeypatch.setenv('SERVER_KEY', 'open sesame')
    replay = Replay()
    replay.failures = [(400, {}, 'no')]
    with pytest.raises(InputValueError):
        failing(opened, monkeypatch, replay, api_key_env='SERVER_KEY')
    assert replay.keys == ['Bearer open sesame']


def test_an_empty_key_variable_is_refused(monkeypatch):
    monkeypatch.delenv('SERVER_KEY', raising=False)
    with pytest.raises(
        InputValueError,
        match=r'^OpenAIEngine.api_key_env: expected a key in the environment variable SERVER_KEY, '
        r'found none\.$',
    ):
        engine('http://localhost/v1', api_key_env='SERVER_KEY')


@pytest.mark.parametrize(
    'options, message',
    [
        ({'url': 'localhost:8000'}, r'^OpenAIEngine.url: expected a form like http://localhost'),
        ({'concurrency': 0}, r'^OpenAIEngine.concurrency: expected an integer >= 1, found 0\.$'),
    ],
)
def test_impossible_settings_are_refused(options, message):
    with pytest.raises(InputValueError, match=message):
        engine(**{'url': 'http://localhost/v1', **options})
