import copy

import pytest
import torch
from mmdet.structures import DetDataSample

import yolo_world  # noqa: F401
from vl_runtime.errors import InputValueError

META = {'ori_shape': (64, 64), 'img_shape': (64, 64), 'scale_factor': (1.0, 1.0)}
TEXTS = ['dog', 'cat', 'car', 'a red bird', 'tree']


def samples(batch=2):
    return [DetDataSample(metainfo=META) for _ in range(batch)]


def images(batch=2):
    return torch.rand(batch, 3, 64, 64, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def detector(tiny_config, build_model):
    """detector(**changes): a small detector whose batch norms have statistics of their own."""

    def build(kind='YOLOWorldDetector', **changes):
        torch.manual_seed(0)
        cfg = {**tiny_config(80), **changes}
        if kind == 'SimpleYOLOWorldDetector':
            cfg['backbone'].update(text_model=None, with_text_model=False)
            cfg.update(type=kind, prompt_dim=12, num_prompts=len(TEXTS))
        model = build_model(cfg).eval()
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                for value in (module.running_mean, module.running_var, module.weight):
                    value.data += 0.5 * torch.rand(len(value))
        for contrast in model.bbox_head.head_module.cls_contrasts:
            torch.nn.init.constant_(contrast.bias, -2.0)
        return model

    return build


def assert_same_outputs(fused, source):
    with torch.no_grad():
        found, expected = fused(images(), mode='tensor'), source(images(), mode='tensor')
        results = fused.predict(images(), samples()), source.predict(images(), samples())
    for one, other in zip(found, expected, strict=True):
        for level, reference in zip(one, other, strict=True):
            torch.testing.assert_close(level, reference, rtol=1e-4, atol=1e-5)
    for one, other in zip(*results, strict=True):
        assert len(one.pred_instances) == len(other.pred_instances) > 0
        torch.testing.assert_close(
            one.pred_instances.scores, other.pred_instances.scores, rtol=1e-4, atol=1e-6
        )


@pytest.mark.parametrize('conv_neck', [True, False])
@pytest.mark.parametrize('block', ['MaxSigmoidCSPLayerWithTwoConv', 'EfficientCSPLayerWithTwoConv'])
def test_fused_detector_has_the_outputs_of_its_source(detector, conv_neck, block):
    source = detector()
    if block.startswith('Efficient'):
        cfg = copy.deepcopy(source.architecture)
        cfg['neck']['block_cfg'] = {'type': block}
        source = detector(neck=cfg['neck'])
    source.set_vocabulary(TEXTS)
    before = copy.deepcopy(source.state_dict())

    fused = source.fuse(conv_neck=conv_neck)

    assert_same_outputs(fused, source)
    assert fused.texts == [TEXTS]
    assert not any('text_model' in key for key in fused.state_dict())
    assert fused.unfuse() is source
    assert all(torch.equal(value, before[key]) for key, value in source.state_dict().items())


def test_weights_without_texts_are_shared_and_the_source_is_no_part_of_the_result(detector):
    source = detector()
    source.set_vocabulary(TEXTS)

    fused = source.fuse()

    stem, other = (m.backbone.image_model.stem.conv.weight for m in (source, fused))
    assert stem.data_ptr() == other.data_ptr()
    assert sum(p.numel() for p in fused.parameters()) < sum(p.numel() for p in source.parameters())
    assert not any(module is source for module in fused.modules())


@pytest.mark.parametrize('conv_neck', [True, False])
def test_prompts_are_fused_through_their_adapter(detector, conv_neck):
    source = detector('SimpleYOLOWorldDetector', use_mlp_adapter=True)

    fused = source.fuse(conv_neck=conv_neck)

    assert_same_outputs(fused, source)
    assert fused.texts is None
    assert fused.unfuse() is source


def test_background_text_stays_out_of_the_answers(detector):
    source = detector()
    source.set_vocabulary(TEXTS[:2], background=True)

    fused = source.fuse()

    assert_same_outputs(fused, source)
    assert fused.texts == [[*TEXTS[:2], ' ']]
    labels = fused.predict(images(), samples())[0].pred_instances.labels
    assert set(labels.tolist()) <= {0, 1}
    assert fused(images(), mode='tensor')[0][0].shape[1] == 3


def test_background_prompt_stays_out_of_the_answers(detector):
    source = detector('SimpleYOLOWorldDetector', background=True)

    fused = source.fuse()

    assert_same_outputs(fused, source)
    last = len(TEXTS) - 1
    assert all(last not in s.pred_instances.labels for s in source.predict(images(), samples()))


def test_test_settings_of_the_source_are_kept(detector):
    source = detector()
    source.set_vocabulary(TEXTS)
    source.bbox_head.test_cfg.max_per_img = 3

    fused = source.fuse()

    assert len(fused.predict(images(), samples())[0].pred_instances) == 3


def test_fused_detector_can_be_trained(detector):
    source = detector()
    source.set_vocabulary(TEXTS)
    fused = source.fuse().train()
    batch = {'bboxes_labels': torch.tensor([[0.0, 4, 8, 8, 40, 40]]), 'img_metas': [{}, {}]}

    losses = fused.loss(images(), batch)
    sum(losses.values()).backward()

    guide = fused.neck.top_down_layers[0].attn_block.guide_convs[0].weight
    assert guide.grad.abs().sum() > 0
    assert fused.bbox_head.head_module.cls_contrasts[0].conv.weight.grad.abs().sum() > 0


def test_what_cannot_be_fused_is_told(detector, tiny_config):
    source = detector()
    with pytest.raises(InputValueError, match='fuse: no vocabulary is set; call set_vocabulary'):
        source.fuse()
    source.set_vocabulary(['dog', '', 'car'])
    with pytest.raises(InputValueError, match=r"text 1 is blank \(''\); a fused vocabulary holds"):
        source.fuse()
    source.set_vocabulary(TEXTS)
    fused = source.fuse()
    with pytest.raises(InputValueError, match='fuse: this detector is re-parameterised already'):
        fused.fuse()


def test_a_detector_that_was_not_fused_here_has_nothing_to_go_back_to(detector):
    with pytest.raises(InputValueError, match='unfuse: this detector was not made by fuse'):
        detector('SimpleYOLOWorldDetector').unfuse()


def test_heads_without_batch_norm_are_told(detector, tiny_config):
    head = tiny_config(80)['bbox_head']
    head['head_module']['use_bn_head'] = False
    source = detector(bbox_head=head)
    source.set_vocabulary(TEXTS)

    with pytest.raises(InputValueError, match='only heads with batch norm can be re-param'):
        source.fuse()
