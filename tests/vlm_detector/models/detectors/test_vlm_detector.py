"""The detector: loss, prediction, and what it saves."""

import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.optim import build_optim_wrapper

from vl_runtime.checkpoints import load_weights
from vl_runtime.errors import InputKeyError, InputValueError
from vlm_detector.families import FAMILIES
from vlm_detector.families.tiny import save_tiny_model

ENGINE = {'type': 'BatchedGreedyEngine', 'max_new_tokens': 40}
GRAMMAR = {**ENGINE, 'grammar': {'type': 'BoxGrammar', 'max_boxes': 2}}
ALL = sorted(FAMILIES)


def prepared(model, batch):
    return model.data_preprocessor(batch, True)['inputs']


def randomise(model, std=0.1):
    for weight in model.parameters():
        if weight.requires_grad:
            torch.nn.init.normal_(weight, std=std)


def samples(count, **meta):
    made = []
    for index in range(count):
        shape = (70 + 20 * index, 100 - 10 * index)
        info = {'img_id': index, 'img_path': f'{index}.jpg', 'ori_shape': shape}
        info |= {'img_shape': shape, 'scale_factor': (1.0, 1.0), **meta}
        made.append(DetDataSample(metainfo=info))
    return made


@pytest.mark.parametrize('family', ALL)
def test_the_loss_is_that_of_transformers(family, detector, batch_of):
    model = detector(family).eval()
    inputs = prepared(model, batch_of(family)[1])
    with torch.no_grad():
        found = model.loss(inputs)
        given = {key: value for key, value in inputs.items() if key != 'coordinate_flags'}
        expected = model.vlm(**given).loss
    torch.testing.assert_close(found['loss'], expected, rtol=1e-5, atol=1e-5)
    assert found['num_tokens'] == (inputs['labels'] != -100).sum()
    assert 0 <= found['acc_token'] <= 1
    assert [name for name in found if 'loss' in name] == ['loss']


def test_coordinate_tokens_can_weigh_more(detector, batch_of):
    batch = batch_of()[1]
    model = detector(coordinate_weight=3.0).eval()
    inputs = prepared(model, batch)
    with torch.no_grad():
        weighted, plain = model.loss(inputs), detector().eval().loss(inputs)
    flags = inputs['coordinate_flags']
    coordinates, others = flags.sum(), (~flags).sum()
    assert weighted['num_tokens'] == 3 * coordinates + others
    nll_coordinate = plain['nll_coordinate']
    nll_other = (plain['loss'] * len(flags) - nll_coordinate * coordinates) / others
    expected = 3 * nll_coordinate * coordinates + nll_other * others
    torch.testing.assert_close(weighted['loss'], expected / weighted['num_tokens'])


@pytest.mark.parametrize('family', ALL)
def test_it_learns_the_answers_of_a_batch(family, detector, batch_of):
    model = detector(family, gradient_checkpointing=True).train()
    wrapper = build_optim_wrapper(model, {'optimizer': {'type': 'AdamW', 'lr': 3e-3}})
    batch = batch_of(family)[1]
    losses = [model.train_step(batch, wrapper)['loss'].item() for _ in range(8)]
    assert losses[-1] < 0.8 * losses[0]


def test_gradient_checkpointing_changes_no_gradient(detector, batch_of):
    gradients = []
    for checkpointing in (False, True):
        model = detector(lora={'rank': 2}, gradient_checkpointing=checkpointing).train()
        torch.manual_seed(0)
        randomise(model)
        model.loss(prepared(model, batch_of()[1]))['loss'].backward()
        gradients.append([w.grad for w in model.parameters() if w.requires_grad])
    torch.testing.assert_close(*gradients)


def test_tensor_mode_gives_logits(detector, batch_of):
    model = detector().eval()
    inputs = prepared(model, batch_of()[1])
    logits = model(inputs, mode='tensor')
    assert logits.shape == (*inputs['input_ids'].shape, len(model.encoder.tokenizer))


@pytest.mark.parametrize('family', ALL)
def test_prediction_fills_boxes_of_the_original_picture(family, detector, batch_of):
    model = detector(family, lora={'rank': 2}, decode=GRAMMAR).eval()
    items, _ = batch_of(family)
    data = {
        'inputs': [item['inputs'] for item in items],
        'data_samples': samples(3, texts=['cat', 'dog'], scale_factor=(0.5, 0.5)),
    }
    with torch.no_grad():
        results = model.test_step(data)
    for result in results:
        found = result.pred_instances
        assert found.bboxes.shape == (len(found.scores), 4)
        assert ((found.scores >= 0) & (found.scores <= 1)).all()
        assert found.labels.tolist() == [label for label in found.labels if label in (0, 1)]
        height, width = result.ori_shape
        assert (found.bboxes <= 2 * torch.tensor([width, height, width, height])).all()
        assert result.parse_status in ('ok', 'empty_ok')
        assert isinstance(result.answer, str)
        assert result.score_method == 'label_coordinates'
    assert 'Locate' in results[0].prompts[0] or family == 'florence2'


def test_the_fixed_vocabulary_serves_samples_without_texts(detector, batch_of):
    model = detector(decode=GRAMMAR).eval()
    items, _ = batch_of()
    data = {'inputs': [items[0]['inputs']], 'data_samples': samples(1)}
    with pytest.raises(InputValueError, match=r'0\.jpg: no texts to look for: .*set_vocabulary'):
        model.test_step(data)
    model.set_vocabulary(['red cat'])
    (result,) = model.test_step(data)
    assert 'red cat' in result.prompts[0]
    model.set_vocabulary(None)
    assert model.texts is None
    grounding = {**data, 'data_samples': samples(1, texts=['a dog'], task='phrase_grounding')}
    (result,) = model.test_step(grounding)
    assert result.prompts == ('Locate a dog. Report the boxes in JSON format.',)


@pytest.mark.parametrize(
    ('texts', 'message'),
    [
        ('cat', r'expected a list of texts'),
        ([], r'expected a list'),
        ([' '], r'text 0: expected w'),
    ],
)
def test_a_vocabulary_has_words(detector, texts, message):
    with pytest.raises(InputValueError, match=message):
        detector().set_vocabulary(texts)


@pytest.mark.parametrize('family', ALL)
def test_an_adapter_saves_and_loads_what_trains(family, detector, batch_of):
    lora = {'rank': 3, 'parts': ['language', 'vision']}
    model = detector(family, lora=lora, trainable=['projector'])
    randomise(model)
    state = model.state_dict()
    trained = {name for name, weight in model.named_parameters() if weight.requires_grad}
    assert set(state) == trained | {'base_sample'}
    other = detector(family, lora=lora, trainable=['projector'])
    other.load_state_dict(state)
    inputs = prepared(model, batch_of(family)[1])
    with torch.no_grad():
        assert torch.equal(*(one.eval()(inputs, mode='tensor') for one in (model, other)))


def test_a_whole_training_saves_everything(detector):
    model = detector()
    weights = {f'vlm.{key}' for key in model.vlm.state_dict()}
    assert set(model.state_dict()) == weights
    frozen = detector(trainable=['projector'])
    assert all('visual' in key or key == 'base_sample' for key in frozen.state_dict())


def test_a_wrapped_detector_saves_the_same_keys(detector):
    model = detector(lora={'rank': 2})
    wrapped = torch.nn.ModuleDict({'module': model}).state_dict()
    assert set(wrapped) == {f'module.{key}' for key in model.state_dict()}


def test_an_adapter_of_another_rank_is_refused(detector, tmp_path):
    state = detector(lora={'rank': 4}).state_dict()
    path = tmp_path / 'a.pth'
    torch.save({'state_dict': state}, path)
    message = r'a\.pth: expected an adapter of rank 2, found rank 4; set model\.lora\.rank to it'
    with pytest.raises(InputValueError, match=message):
        load_weights(detector(lora={'rank': 2}), path)
    with pytest.raises(InputValueError, match=r'expected an adapter of rank 2, found rank 4'):
        detector(lora={'rank': 2}).load_state_dict(state)


def test_an_adapter_of_another_base_is_refused(detector, tmp_path):
    other = save_tiny_model('qwen3_vl', tmp_path / 'other', seed=1)
    state = detector(lora={'rank': 2}).state_dict()
    with pytest.raises(InputValueError, match=r'was trained on another base model than .*other'):
        detector(source=other, lora={'rank': 2}).load_state_dict(state)


def test_an_adapter_of_other_layers_is_refused(detector):
    state = detector(lora={'rank': 2, 'parts': ['language']}).state_dict()
    with pytest.raises(
        InputValueError, match=r'is not in it \(\d+ such\); use the recipe that wrot'
    ):
        detector(lora={'rank': 2}).load_state_dict(state)
    state = detector(lora={'rank': 2}).state_dict()
    with pytest.raises(InputValueError, match=r'is not trained by this recipe'):
        detector(lora={'rank': 2, 'parts': ['language']}).load_state_dict(state)


def test_an_adapter_of_a_base_of_another_size_is_refused(detector, tiny_folder):
    state = detector(lora={'rank': 2, 'regex': r'.*layers\.0\.mlp\.up_proj'}).state_dict()
    larger = detector(
        source=tiny_folder('qwen3_vl', 'demo'),
        lora={'rank': 2, 'regex': r'.*layers\.0\.mlp\.up_proj'},
    )
    with pytest.raises(InputValueError, match=r'trained on a base model of another size than'):
        larger.load_state_dict(state)


def test_loading_without_strict_tells_what_was_left(detector):
    model = detector(lora={'rank': 2})
    result = model.load_state_dict({'unknown': torch.zeros(1)}, strict=False)
    assert result.unexpected_keys == ['unknown']
    assert set(result.missing_keys) == set(model.state_dict())


def test_a_full_memory_names_the_knobs(detector, batch_of):
    model = detector(decode=ENGINE).eval()
    items, batch = batch_of()

    def full(*arguments, **options):
        raise torch.OutOfMemoryError('CUDA out of memory.')

    model.vlm.model.forward = full
    with pytest.raises(InputValueError, match=r'out of memory in training: change train_dataloade'):
        model(prepared(model, batch), mode='loss')
    data = {'inputs': [items[0]['inputs']], 'data_samples': samples(1, texts=['cat'])}
    with pytest.raises(InputValueError, match=r'out of memory|memory'):
        model.test_step(data)


@pytest.mark.parametrize(
    ('arguments', 'error', 'message'),
    [
        ({'coordinate_weight': -1}, InputValueError, r'coordinate_weight: expected 0 or more'),
        ({'score': 'sure'}, InputKeyError, r"score: expected one of .*, found 'sure'"),
        ({'test_cfg': {'nms': 1}}, InputKeyError, r"test_cfg: expected max_per_img .* found 'nms'"),
        ({'trainable': ['neck']}, InputKeyError, r"trainable: expected some of .*, found 'neck'"),
        (
            {'quantization': {'bits': 4}},
            InputValueError,
            r'quantised weights cannot be trained; add',
        ),
        ({'codec': {'type': 'Florence2Codec'}}, InputValueError, r'1000 of 1000 missing: <loc_0>'),
    ],
)
def test_arguments_are_checked(detector, arguments, error, message):
    with pytest.raises(error, match=message):
        detector(**arguments)


def test_the_model_argument_is_checked():
    from vlm_detector.models.detectors import VLMDetector

    with pytest.raises(
        InputKeyError, match=r"model\.model: expected source and .*, found \['path'\]"
    ):
        VLMDetector({'path': 'x'}, 'qwen3_vl')


def test_another_mode_and_a_missing_engine_are_refused(detector, batch_of):
    model = detector()
    with pytest.raises(InputValueError, match=r"mode: expected 'loss', .*, found 'train'"):
        model({}, mode='train')
    with pytest.raises(InputValueError, match=r'model\.decode: expected an engine .*, found none'):
        model.predict([], [])
