import copy

import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample

import yolo_world  # noqa: F401
from vl_runtime.errors import InputFileNotFoundError, InputValueError

META = {'ori_shape': (64, 64), 'img_shape': (64, 64), 'scale_factor': (1.0, 1.0)}
TEXTS = ['dog', 'cat', 'car']


def simple_config(cfg, **kwargs):
    cfg = copy.deepcopy(cfg)
    cfg['backbone'].update(text_model=None, with_text_model=False)
    cfg['data_preprocessor']['type'] = 'YOLOv5DetDataPreprocessor'
    return dict(cfg, type='SimpleYOLOWorldDetector', prompt_dim=12, num_prompts=3, **kwargs)


def samples(batch=2):
    return [DetDataSample(metainfo=META) for _ in range(batch)]


@pytest.mark.parametrize('name', ['simple_plain', 'simple_adapter'])
def test_outputs_and_losses_equal_the_reference(golden_case, build_model, name):
    case = golden_case(name)
    model = case.load_into(build_model(case.cfg)).eval()
    inputs = case.inputs['image'][:, [2, 1, 0]].float() / 255

    with torch.no_grad():
        _, txt_feats = model.extract_feat(inputs)
        logits, boxes = model(inputs, mode='tensor')
        results = model.predict(inputs, samples())
    model.train()
    data = {
        'inputs': case.inputs['image'],
        'data_samples': {'bboxes_labels': case.inputs['gt']},
    }
    losses = model(**model.data_preprocessor(data, training=True), mode='loss')
    sum(losses.values()).backward()

    torch.testing.assert_close(txt_feats, case.outputs['txt_feats'], rtol=1e-4, atol=1e-5)
    for levels, prefix in ((logits, 'cls'), (boxes, 'box')):
        for level, expected in zip(levels, case.levels(prefix, case.outputs), strict=True):
            torch.testing.assert_close(level, expected, rtol=1e-3, atol=1e-3)
    for image, sample in enumerate(results):
        case.assert_detections(sample.pred_instances, image, rtol=1e-3, atol=1e-3)
    for key, value in losses.items():
        torch.testing.assert_close(value.detach(), case.outputs[key], rtol=2e-4, atol=2e-4)
    assert model.embeddings.requires_grad == case.outputs['trainable_embeddings'].item()
    if 'grad_embeddings' in case.outputs:
        torch.testing.assert_close(
            model.embeddings.grad, case.outputs['grad_embeddings'], rtol=1e-3, atol=1e-4
        )


def test_prompts_that_are_text_features_detect_like_the_texts(tiny_config, build_model, tmp_path):
    world = build_model(tiny_config(3)).eval()
    for contrast in world.bbox_head.head_module.cls_contrasts:
        torch.nn.init.constant_(contrast.bias, -2.0)
    world.set_vocabulary(TEXTS)
    np.save(tmp_path / 'prompts.npy', world.text_feats[0].numpy())
    simple = build_model(
        simple_config(tiny_config(3), embedding_path=str(tmp_path / 'prompts.npy'))
    ).eval()
    missing, _ = simple.load_state_dict(world.state_dict(), strict=False)
    assert missing == ['embeddings']
    images = torch.rand(2, 3, 64, 64)

    expected = world.predict(images, samples())
    found = simple.predict(images, samples())

    assert len(expected[0].pred_instances) > 0
    for one, other in zip(found, expected):
        for name in ('bboxes', 'scores', 'labels'):
            assert torch.equal(one.pred_instances[name], other.pred_instances[name])


def test_rows_of_the_file_decide_the_number_of_classes(tiny_config, build_model, tmp_path):
    np.save(tmp_path / 'prompts.npy', np.eye(7, 12))
    model = build_model(
        simple_config(tiny_config(3), embedding_path=str(tmp_path / 'prompts.npy'))
    ).eval()

    logits, _ = model(torch.rand(1, 3, 64, 64), mode='tensor')

    assert model.embeddings.dtype == torch.float32
    assert logits[0].shape[1] == 7


def test_random_prompts_have_length_one(tiny_config, build_model):
    model = build_model(simple_config(tiny_config(3), freeze_prompt=True))

    torch.testing.assert_close(model.embeddings.norm(dim=-1), torch.ones(3))
    assert not model.embeddings.requires_grad
    assert model.adapter is None


def test_missing_embedding_file_is_named(tiny_config, build_model, tmp_path):
    path = tmp_path / 'absent.npy'

    with pytest.raises(InputFileNotFoundError, match=r'absent.npy: embedding file not found'):
        build_model(simple_config(tiny_config(3), embedding_path=str(path)))


def test_embedding_file_of_another_width_is_refused(tiny_config, build_model, tmp_path):
    np.save(tmp_path / 'prompts.npy', np.eye(7, 16))

    with pytest.raises(
        InputValueError, match=r'expected embeddings of shape \(number of prompts, 12\)'
    ):
        build_model(simple_config(tiny_config(3), embedding_path=str(tmp_path / 'prompts.npy')))


def test_reparameterized_losses_equal_the_reference(golden_case, build_model):
    case = golden_case('simple_rep_efficient_loss')
    model = case.load_into(build_model(case.cfg)).train()
    data = {
        'inputs': case.inputs['image'],
        'data_samples': {'bboxes_labels': case.inputs['gt']},
    }

    losses = model(**model.data_preprocessor(data, training=True), mode='loss')

    for key, value in losses.items():
        torch.testing.assert_close(value.detach(), case.outputs[key], rtol=5e-4, atol=5e-4)


def rep_config(cfg, num_classes, **kwargs):
    """Re-parameterised, with the hidden width of 80 classes as in released weights."""
    cfg = simple_config(cfg, reparameterized=True, **kwargs)
    cfg['neck'].update(
        guide_channels=num_classes, block_cfg={'type': 'RepConvMaxSigmoidCSPLayerWithTwoConv'}
    )
    cfg['bbox_head']['type'] = 'YOLOv8Head'
    module = cfg['bbox_head']['head_module']
    del module['use_bn_head']
    module.update(type='RepYOLOWorldHeadModule', num_classes=80, num_guide=num_classes)
    return cfg


def test_reparameterized_detector_counts_its_classes_itself(tiny_config, build_model):
    """The recipe's numbers of classes all say 80; the head has 3."""
    model = build_model(rep_config(tiny_config(80), 3))
    images = torch.rand(5, 3, 64, 64)
    ground_truth = torch.tensor([[0.0, 0, 8, 8, 40, 40], [4.0, 2, 8, 8, 40, 40]])
    batch = {'bboxes_labels': ground_truth, 'img_metas': [{}] * 5}

    losses = model.train().loss(images, batch)
    sum(losses.values()).backward()
    results = model.eval().predict(images, samples(5))
    logits, _ = model(images, mode='tensor')

    assert not hasattr(model, 'embeddings')
    assert all(loss.isfinite() for loss in losses.values())
    assert len(results) == 5
    assert all(sample.pred_instances.labels.max() < 3 for sample in results)
    assert logits[0].shape[1] == 3


def test_number_of_classes_is_told(tiny_config, build_model):
    assert build_model(simple_config(tiny_config(80))).num_classes == 3
    assert build_model(simple_config(tiny_config(80), background=True)).num_classes == 2
    assert build_model(rep_config(tiny_config(80), 5, background=True)).num_classes == 4


def test_plain_head_module_runs_in_a_reparameterized_detector(tiny_config, build_model):
    cfg = rep_config(tiny_config(3), 3)
    cfg['bbox_head'] = {
        'type': 'mmyolo.YOLOv8Head',
        'head_module': {
            'type': 'YOLOv8HeadModule',
            'num_classes': 3,
            'in_channels': [256, 512, 512],
            'widen_factor': 0.0625,
        },
    }

    logits, _ = build_model(cfg).eval()(torch.rand(2, 3, 64, 64), mode='tensor')

    assert logits[0].shape[1] == 3


def test_texts_that_differ_between_images_are_refused(tiny_config, build_model):
    cfg = tiny_config(2)
    cfg.update(type='SimpleYOLOWorldDetector', prompt_dim=12, num_prompts=2)
    cfg['backbone'].update(text_model=None, with_text_model=False)
    model = build_model(cfg).train()
    truth = {'bboxes_labels': torch.tensor([[0.0, 0, 8, 8, 40, 40]]), 'img_metas': [{}, {}]}
    images = torch.rand(2, 3, 64, 64)
    message = r"image 1 .* \['cat', 'dog'\], image 0 has \['dog', 'cat'\]: the classes .* are fixed"
    with pytest.raises(InputValueError, match=message):
        model.loss(images, truth | {'texts': [['dog', 'cat'], ['cat', 'dog']]})
    assert set(model.loss(images, truth | {'texts': [['dog', 'cat']] * 2})) >= {'loss_cls'}
