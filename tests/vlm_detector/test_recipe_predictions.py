"""Answers of a recipe's model go into a file, a server gives the same ones, the file is scored."""

import json
from pathlib import Path

import pytest
import torch
from mmengine.registry import MODELS, DefaultScope

from tests.vlm_detector.decoding.replaying_server import MODEL, Replay, serving
from vl_runtime import launch
from vl_runtime.demo.shapes_data import ShapesSpec, make_shapes_dataset
from vl_runtime.errors import InputValueError
from vlm_detector.families.model_picture import model_picture
from vlm_detector.recipe_predictions import evaluate_predictions, predict_recipe

FINETUNE = Path(__file__).resolve().parents[2] / 'configs/finetune'


class Recording:
    """An engine that tells a server what another engine answers."""

    def __init__(self, engine, replay):
        self.engine, self.replay = engine, replay

    def generate(self, vlm, encoder, codec, requests):
        answers = self.engine.generate(vlm, encoder, codec, requests)
        for request, answer in zip(requests, answers, strict=True):
            picture = model_picture(request.image, encoder)
            self.replay.record(encoder, request.prompt, picture, answer)
        return answers


@pytest.fixture(scope='module')
def options(tiny_folder, tmp_path_factory):
    data = make_shapes_dataset(
        tmp_path_factory.mktemp('data') / 'shapes', ShapesSpec(1, 3, 1, image_size=96, target=True)
    )
    return {
        'model_root': str(tiny_folder('qwen3_vl')),
        'data_root': str(data),
        'test_dataloader.num_workers': 0,
        'test_dataloader.persistent_workers': False,
        'log_level': 'ERROR',
    }


@pytest.fixture(scope='module')
def recipe(options):
    changes = {'model.model.dtype': 'float32', 'model.decode.max_new_tokens': 60}
    grammar = {'model.decode.grammar': {'type': 'BoxGrammar'}}  # so that random weights find boxes
    return launch.load_config(FINETUNE / 'qwen3_vl_2b_lora_own.py', options | changes | grammar)


@pytest.fixture(scope='module')
def model(recipe):
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope(recipe.default_scope):
        return MODELS.build(recipe.model)


@pytest.fixture(scope='module')
def checkpoint(model, tmp_path_factory):
    path = tmp_path_factory.mktemp('weights') / 'best.pth'
    torch.save({'state_dict': model.state_dict()}, path)
    return path


@pytest.fixture(scope='module')
def predictions(recipe, checkpoint, tmp_path_factory):
    folder = tmp_path_factory.mktemp('predictions')
    path = folder / 'a.jsonl'
    assert predict_recipe(recipe, checkpoint, path, work_dir=folder) == 3
    return path


def test_the_file_scores_as_the_checkpoint_does(recipe, checkpoint, predictions, tmp_path):
    scores, report = evaluate_predictions(recipe, predictions, work_dir=tmp_path)
    direct = launch.test(recipe, checkpoint, work_dir=tmp_path)
    assert scores == pytest.approx(direct, nan_ok=True)
    assert {'coco/bbox_mAP', 'answer/f1@0.5', 'codec/bbox_mAP'} <= set(scores)
    written = json.loads(report.read_text())
    assert written['metrics'] == scores and written['header']['score'] == 'label_coordinates'


def test_a_server_gives_the_same_file_without_weights(
    options, recipe, model, predictions, tmp_path
):
    replay = Replay()
    with DefaultScope.overwrite_default_scope(recipe.default_scope):
        loader = launch.Runner.build_dataloader(recipe.test_dataloader)
    engine, model.engine = model.engine, Recording(model.engine, replay)
    model.eval()
    for batch in loader:
        model.test_step(batch)
    model.engine = engine
    with serving(replay) as url:
        place = {'model.decode.url': url, 'model.decode.model': MODEL}
        served = launch.load_config(FINETUNE / 'qwen3_vl_2b_served_own.py', options | place)
        assert predict_recipe(served, None, tmp_path / 'b.jsonl', work_dir=tmp_path) == 3
    ours, theirs = (
        [json.loads(line) for line in path.read_text().splitlines()]
        for path in (predictions, tmp_path / 'b.jsonl')
    )
    assert [line['answers'] for line in ours[1:]] == [line['answers'] for line in theirs[1:]]
    for one, other in zip(ours[1:], theirs[1:], strict=True):
        assert one['boxes_xyxy'] and one['boxes_xyxy'] == other['boxes_xyxy']
        assert one['scores'] == pytest.approx(other['scores'], abs=1e-5)
    assert ours[0]['prompts'] == theirs[0]['prompts'] and theirs[0]['checkpoint'] is None


def test_a_served_model_only_predicts(options, tmp_path):
    served = launch.load_config(FINETUNE / 'qwen3_vl_2b_served_own.py', options)
    with DefaultScope.overwrite_default_scope(served.default_scope):
        detector = MODELS.build(served.model)
    assert not list(detector.parameters())
    with pytest.raises(InputValueError, match="can only 'predict', found 'loss'; train it with"):
        detector({}, mode='loss')


def test_weights_are_asked_for(recipe, tmp_path):
    with pytest.raises(
        InputValueError, match=r'VLMDetector needs a checkpoint; give it .* model\.lora=None'
    ):
        predict_recipe(recipe, None, tmp_path / 'c.jsonl', work_dir=tmp_path)


def test_a_detector_without_words_has_no_answers_to_keep(repository, options, tmp_path):
    config = repository / 'configs/finetune/yolo_world_n_finetune_own.py'
    yolo = launch.load_config(config, {key: options[key] for key in options if key != 'model_root'})
    with DefaultScope.overwrite_default_scope(yolo.default_scope):
        weights = MODELS.build(yolo.model).state_dict()
    torch.save({'state_dict': weights}, tmp_path / 'random.pth')
    with pytest.raises(InputValueError, match=r'found YOLOWorldDetector; --out NAME\.pkl keeps'):
        predict_recipe(yolo, tmp_path / 'random.pth', tmp_path / 'd.jsonl', work_dir=tmp_path)


@pytest.mark.parametrize(
    'change, message',
    [
        (lambda lines: lines[:-1], 'expected the 3 pictures of the test data, found 2: 1 missing'),
        (
            lambda lines: [lines[0].replace('"classes": ["', '"classes": ["x'), *lines[1:]],
            'made for the 3 classes',
        ),
    ],
)
def test_a_file_for_other_data_is_refused(recipe, predictions, tmp_path, change, message):
    lines = predictions.read_text().splitlines()
    (tmp_path / 'e.jsonl').write_text('\n'.join(change(lines)) + '\n')
    with pytest.raises(InputValueError, match=message):
        evaluate_predictions(recipe, tmp_path / 'e.jsonl', work_dir=tmp_path)
