import json
import threading

import numpy as np
import pytest

from vl_runtime.errors import InputKeyError, InputValueError
from vl_runtime.inference import Predictor
from vl_runtime.web.question_service import QuestionService

PICTURE = np.full((16, 24, 3), 90, np.uint8)


@pytest.fixture
def predictor(predictor_recipe):
    options = {'model.type': 'AskedSquareDetector'}
    return Predictor.from_checkpoint(predictor_recipe, device='cpu', cfg_options=options)


@pytest.fixture
def service(predictor):
    return QuestionService(predictor)


def test_base_and_adapter_answer_side_by_side(service):
    assert service.versions == ('base', 'adapter')
    base, adapter = service.ask(PICTURE, 'detection', 'dog, cat', score_threshold=0.4)
    assert (base.answer.text, adapter.answer.text) == ('base on dog, cat', 'adapter on dog, cat')
    assert base.rows == adapter.rows == [['dog', 0.9, 0, 0, 6, 4], ['cat', 0.45, 3, 2, 9, 6]]
    assert base.answer.prompts == ('detection?',)
    assert adapter.summary == (
        '2 boxes: dog 1, cat 1. Parse status ok: the answer has the expected form.'
    )
    assert base.summary.endswith(
        'Parse status recovered: the answer had to be repaired, and was cut at its longest length.'
    )
    assert len(np.unique(base.picture.reshape(-1, 3), axis=0)) > 1


def test_each_version_has_a_coco_file(service):
    results = service.ask(PICTURE, 'regions', score_threshold=0.1, max_boxes=5)
    contents = [json.loads(result.json_path.read_text()) for result in results]
    assert [content['info']['weights'] for content in contents] == ['base', 'adapter']
    assert contents[0]['info']['task'] == 'regions'
    (image,), (annotation,) = contents[1]['images'], contents[1]['annotations']
    assert (image['answer'], image['parse_status']) == ('adapter on region', 'ok')
    assert contents[1]['categories'] == [{'id': 1, 'name': 'region'}]
    assert annotation['bbox'] == [0, 0, 6, 4] and annotation['caption'] == 'a square of adapter'
    assert results[1].rows[0][0] == 'a square of adapter'


def test_a_caption_is_words_without_a_picture(service):
    (base, adapter) = service.ask(PICTURE, 'caption', 'words that are not needed')
    assert base.picture is None and base.rows == []
    assert adapter.answer.text == 'adapter on a picture'
    assert adapter.summary == 'Parse status ok: the answer has the expected form.'


def test_a_model_without_adapter_answers_once(predictor):
    predictor.model.has_adapter = False
    (result,) = QuestionService(predictor).ask(PICTURE, 'detection', 'dog')
    assert result.answer.text == 'adapter on dog'


def test_no_phrase_means_the_classes_of_the_recipe_where_all_are_asked_at_once(service):
    assert service.ask(PICTURE, 'detection')[0].answer.text == 'base on cat, dog, bird'
    with pytest.raises(InputValueError, match='There is no phrase: write what to look for'):
        service.ask(PICTURE, 'phrase', ' ')


def test_boxes_below_the_threshold_are_told(service):
    result = service.ask(PICTURE, 'detection', 'dog', score_threshold=0.95)[1]
    assert result.summary.startswith('No box has a score of 0.95 or more; the best one has 0.9.')


@pytest.mark.parametrize(
    ('arguments', 'kind', 'message'),
    [
        ((None, 'detection', 'dog'), InputValueError, 'There is no picture yet'),
        ((PICTURE, 'detection', 'dog, dog'), InputValueError, r'Phrases: .*dog'),
        ((PICTURE, 'captoin'), InputKeyError, r"task: expected one of .*Did you mean 'caption'"),
    ],
)
def test_what_can_not_be_asked_is_told(service, arguments, kind, message):
    with pytest.raises(kind, match=message):
        service.ask(*arguments)


def test_visitors_do_not_get_the_weights_or_phrases_of_others(service):
    answers = {}

    def visit(phrases):
        for _ in range(5):
            texts = tuple(one.answer.text for one in service.ask(PICTURE, 'detection', phrases))
            answers.setdefault(phrases, set()).add(texts)

    visitors = [threading.Thread(target=visit, args=(name,)) for name in ('dog', 'cat', 'a b')]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert answers == {
        name: {(f'base on {name}', f'adapter on {name}')} for name in ('dog', 'cat', 'a b')
    }


def test_after_a_mistake_the_next_question_is_answered(service, predictor):
    before = predictor.model.forward
    predictor.model.forward = None
    with pytest.raises(TypeError):
        service.ask(PICTURE, 'detection', 'dog')
    predictor.model.forward = before
    assert service.ask(PICTURE, 'detection', 'dog')[1].answer.text == 'adapter on dog'
