import copy

import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.registry import MODELS

import yolo_world  # noqa: F401
from vl_runtime.errors import InputKeyError, InputValueError
from yolo_world.reparameterize import (
    checked_embeddings,
    reparameterize_state_dict,
    reparameterized_config,
)

BLOCK = 'neck.top_down_layers.0.attn_block.'
CONTRAST = 'bbox_head.head_module.cls_contrasts.0.'


@pytest.fixture
def weights(golden_case):
    return golden_case('reparam_conv').sd


@pytest.fixture
def source_config(golden_case):
    """Config of a small detector with prompts, 5 classes, embeddings of width 12."""
    return golden_case('reparam_conv').cfg['before']


def build_model(cfg):
    return MODELS.build(ConfigDict(copy.deepcopy(cfg)))


def embeds(num=5, width=12):
    rows = torch.randn(num, width, generator=torch.Generator().manual_seed(0))
    return torch.nn.functional.normalize(rows, dim=-1)


@pytest.mark.parametrize('kind', ['conv', 'linear'])
def test_conversion_and_outputs_equal_the_reference(golden_case, load_golden, kind):
    case = golden_case(f'reparam_{kind}')
    arrays = load_golden(f'reparam_{kind}.npz')
    text_embed = case.inputs['text_embed']
    before_keys = set(case.sd)

    converted = reparameterize_state_dict(case.sd, text_embed, conv_neck=kind == 'conv')
    after_cfg = reparameterized_config(case.cfg['before'], len(text_embed), kind == 'conv')

    assert set(case.sd) == before_keys
    added = {key[4:]: torch.from_numpy(v) for key, v in arrays.items() if key.startswith('new.')}
    assert set(converted) - before_keys == set(added)
    assert before_keys - set(converted) == set(case.outputs['removed'])
    for key, expected in added.items():
        torch.testing.assert_close(converted[key], expected, rtol=1e-4, atol=1e-4)
    model = build_model(after_cfg).eval()
    missing, unexpected = model.load_state_dict(converted, strict=False)
    assert not unexpected
    assert all(key.endswith('num_batches_tracked') for key in missing)
    images = case.inputs['image'][:, [2, 1, 0]].float() / 255
    with torch.no_grad():
        logits, boxes = model(images, mode='tensor')
    for levels, name in ((logits, 'cls'), (boxes, 'box'), (logits, 'before_cls')):
        for level, expected in zip(levels, case.levels(name, case.outputs), strict=True):
            torch.testing.assert_close(level, expected, rtol=1e-4, atol=1e-4)


def test_config_equals_the_one_of_the_reference(golden_case):
    for kind, conv_neck in (('conv', True), ('linear', False)):
        case = golden_case(f'reparam_{kind}')
        expected = case.cfg['after']
        for name in ('num_prompts', 'prompt_dim'):  # there are no prompts any more
            del expected[name]
        expected['neck']['block_cfg']['guide_channels'] = 5  # as the published recipe has it

        found = reparameterized_config(case.cfg['before'], 5, conv_neck)

        assert found == expected


def test_number_of_texts_leaves_the_hidden_width_alone(source_config):
    source = source_config
    source['bbox_head']['head_module']['num_classes'] = 80
    before = copy.deepcopy(source)

    cfg = reparameterized_config(source, 203, conv_neck=True)

    assert source == before
    head = cfg['bbox_head']['head_module']
    assert (head['num_classes'], head['num_guide']) == (80, 203)
    assert cfg['neck']['guide_channels'] == cfg['neck']['block_cfg']['guide_channels'] == 203
    assert cfg['num_test_classes'] == cfg['train_cfg']['assigner']['num_classes'] == 203
    assert cfg['backbone']['text_model'] is None


def test_efficient_neck_stays_as_it_is(source_config):
    source = source_config
    source['neck']['block_cfg'] = {'type': 'EfficientCSPLayerWithTwoConv'}
    state = build_model(source).state_dict()

    cfg = reparameterized_config(source, 5, conv_neck=True)
    converted = reparameterize_state_dict(state, embeds(), conv_neck=True)

    assert cfg['neck'] == source['neck']
    build_model(cfg).load_state_dict(converted)


def test_text_model_prompts_and_adapter_are_dropped(weights):
    more = {
        'backbone.text_model.model.text_projection.weight': torch.ones(1),
        'embeddings': torch.ones(5, 12),
        'adapter.0.weight': torch.ones(24, 12),
    }

    converted = reparameterize_state_dict({**weights, **more}, embeds(), conv_neck=True)

    assert not converted.keys() & more.keys()
    assert (
        converted['backbone.image_model.stem.conv.weight']
        is (weights['backbone.image_model.stem.conv.weight'])
    )


def test_head_normalises_the_embeddings_and_the_neck_does_not(weights):
    unit = reparameterize_state_dict(weights, embeds(), conv_neck=True)
    double = reparameterize_state_dict(weights, 2 * embeds(), conv_neck=True)

    torch.testing.assert_close(
        double[f'{CONTRAST}conv.weight'], unit[f'{CONTRAST}conv.weight'], rtol=1e-5, atol=1e-6
    )
    key = f'{BLOCK}guide_convs.0.weight'
    assert not torch.allclose(double[key], unit[key])


def test_half_precision_weights_stay_half(weights):
    half = {key: value.half() for key, value in weights.items()}

    converted = reparameterize_state_dict(half, embeds(), conv_neck=False)

    assert {value.dtype for value in converted.values()} == {torch.float16}


@pytest.mark.parametrize('depthwise', [False, True])
def test_learned_scale_of_the_gate_goes_into_the_convolution(depthwise):
    guided = MODELS.build(
        dict(
            type='MaxSigmoidAttnBlock',
            in_channels=8,
            out_channels=8,
            guide_channels=12,
            embed_channels=8,
            num_heads=2,
            with_scale=True,
            use_depthwise=depthwise,
        )
    ).eval()
    torch.nn.init.constant_(guided.scale[:, 1], 3.0)
    state = {f'{BLOCK}{key}': value for key, value in guided.state_dict().items()}
    state |= {
        f'{CONTRAST}bias': torch.tensor(0.0),
        f'{CONTRAST}logit_scale': torch.tensor(0.0),
        f'{CONTRAST}norm.running_mean': torch.zeros(12),
    }
    rep = MODELS.get('RepMatrixMaxSigmoidAttnBlock')(
        8, 8, 8, 5, num_heads=2, use_depthwise=depthwise
    ).eval()
    x = torch.randn(1, 8, 4, 4)

    converted = reparameterize_state_dict(state, embeds(), conv_neck=False)
    rep.load_state_dict(
        {k.removeprefix(BLOCK): v for k, v in converted.items() if k.startswith(BLOCK)}
    )

    torch.testing.assert_close(rep(x), guided(x, embeds()[None]), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (
            lambda w: w.update({'neck.text_enhancer.proj.weight': torch.ones(1)}),
            r'the dual neck of YOLO-World v1 cannot be re-parameterised.*text_enhancer',
        ),
        (
            lambda w: w.update({'bbox_head.head_module.seg_preds.0.2.bias': torch.ones(1)}),
            'a head with masks cannot be re-parameterised',
        ),
        (
            lambda w: w.update({f'{CONTRAST}conv.weight': torch.ones(1)}),
            r'these weights are re-parameterised already \(bbox_head',
        ),
        (
            lambda w: w.pop(f'{CONTRAST}norm.running_mean'),
            'only heads with batch norm can be re-parameterised',
        ),
        (
            lambda w: w.pop(f'{CONTRAST}logit_scale'),
            rf'expected the entry {CONTRAST}logit_scale in the weights, found none',
        ),
        (
            lambda w: w.pop(f'{BLOCK}guide_fc.weight'),
            rf'expected the entry {BLOCK}guide_fc.weight in the weights, found none',
        ),
        (
            lambda w: [w.pop(key) for key in list(w) if 'cls_contrasts' in key],
            r'expected weights of YOLO-World .*logit_scale\), found \d+ others',
        ),
    ],
)
def test_weights_without_a_reparameterised_form_are_refused(weights, change, message):
    weights = dict(weights)
    change(weights)

    with pytest.raises((InputValueError, InputKeyError), match=message):
        reparameterize_state_dict(weights, embeds(), conv_neck=True)


def test_scale_without_a_norm_to_put_it_into_is_refused(weights):
    weights = {key: value for key, value in weights.items() if 'project_conv.bn' not in key}
    weights[f'{BLOCK}scale'] = torch.ones(1, 4, 1, 1)

    with pytest.raises(InputKeyError, match=r'scale: expected .*project_conv.bn to put it into'):
        reparameterize_state_dict(weights, embeds(), conv_neck=True)


@pytest.mark.parametrize(
    ('values', 'message'),
    [
        (torch.ones(12), r'expected the shape \(number of classes, width\), found \(12,\)'),
        (torch.ones(0, 12), r'found \(0, 12\)'),
        (torch.tensor([[1.0], [float('nan')]]), 'row 1 holds a value that is no finite number'),
    ],
)
def test_embeddings_of_another_shape_are_refused(values, message):
    with pytest.raises(InputValueError, match=message):
        checked_embeddings(values)


def test_embeddings_of_another_width_are_refused(weights):
    with pytest.raises(InputValueError, match='expected the width 12 of the head, found 7'):
        reparameterize_state_dict(weights, embeds(width=7), conv_neck=True)
    weights = dict(weights)
    weights[f'{BLOCK}guide_fc.weight'] = torch.ones(16, 7)
    with pytest.raises(InputValueError, match=rf'expected the width 7 of {BLOCK}guide_fc'):
        reparameterize_state_dict(weights, embeds(), conv_neck=True)


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda c: c['neck'].update(type='YOLOWorldDualPAFPN'), 'texts depend on the image'),
        (
            lambda c: c['bbox_head']['head_module'].update(use_bn_head=False),
            'only heads with batch norm can be re-parameterised',
        ),
        (
            lambda c: c['bbox_head'].update(type='YOLOWorldSegHead'),
            'model.bbox_head: YOLOWorldSegHead cannot be re-parameterised, only YOLOWorldHead',
        ),
        (
            lambda c: c['neck'].update(block_cfg={'type': 'CSPLayerWithTwoConv'}),
            'model.neck.block_cfg: CSPLayerWithTwoConv cannot be re-parameterised',
        ),
        (lambda c: c.update(type='YOLODetector'), 'model: YOLODetector cannot be'),
        (lambda c: c.update(reparameterized=True), 'is re-parameterised already'),
    ],
)
def test_models_without_a_reparameterised_form_are_refused(source_config, change, message):
    cfg = source_config
    change(cfg)

    with pytest.raises(InputValueError, match=message):
        reparameterized_config(cfg, 5, conv_neck=True)
