import json
import shutil

import pytest
import torch
from mmdet.structures import DetDataSample

import yolo_world  # noqa: F401
from vl_runtime.errors import InputValueError

META = {'ori_shape': (64, 64), 'img_shape': (64, 64), 'scale_factor': (1.0, 1.0)}
TEXTS = ['dog', 'cat', 'car']
GROUND_TRUTH = torch.tensor([[0.0, 0, 8, 8, 40, 40], [1.0, 2, 10, 20, 60, 60]])


@pytest.fixture
def tiny(tiny_config, build_model):
    """A small detector whose scores spread, so that detections exist."""

    def build(num_classes=3, **text_model):
        cfg = tiny_config(num_classes)
        cfg['backbone']['text_model'].update(text_model)
        model = build_model(cfg).eval()
        for contrast in model.bbox_head.head_module.cls_contrasts:
            torch.nn.init.constant_(contrast.bias, -2.0)
            torch.nn.init.constant_(contrast.logit_scale, 0.5)
        return model

    return build


def images(batch=2):
    return torch.rand(batch, 3, 64, 64, generator=torch.Generator().manual_seed(1))


def samples(batch=2, texts=None, **meta):
    if texts is not None:
        meta['texts'] = texts
    return [DetDataSample(metainfo={**META, **meta}) for _ in range(batch)]


def training(texts, gt=GROUND_TRUTH, batch=2):
    data = {'bboxes_labels': gt, 'img_metas': [{}] * batch}
    return data if texts is None else dict(data, texts=texts)


def assert_same(found, expected):
    for one, other in zip(found, expected, strict=True):
        for name in ('bboxes', 'scores', 'labels'):
            torch.testing.assert_close(one.pred_instances[name], other.pred_instances[name])


# ------------------------------------------------------- reference outputs


@pytest.mark.parametrize('name', ['detector_v2_whole', 'detector_v1_dual_whole'])
def test_every_stage_equals_the_reference(golden_case, build_model, name):
    case = golden_case(name)
    model = case.load_into(build_model(case.cfg)).eval()
    model.set_vocabulary(list('abcde'), text_feats=case.inputs['text_feats'])
    size = case.inputs['image'].shape[-1]
    sample = DetDataSample(
        metainfo={'ori_shape': (size // 2, size // 2), 'scale_factor': (2.0, 2.0)}
    )
    data = model.data_preprocessor(
        {'inputs': list(case.inputs['image']), 'data_samples': [sample]}, training=False
    )
    inputs = torch.stack(list(data['inputs']))

    with torch.no_grad():
        stages = {
            'backbone': model.backbone.forward_image(inputs),
            'neck': model.extract_feat(inputs)[0],
        }
        stages['cls'], stages['box'] = model(inputs, mode='tensor')
        result = model.predict(inputs, [sample])[0].pred_instances

    for stage, levels in stages.items():
        for level, expected in zip(levels, case.levels(stage, case.outputs), strict=True):
            torch.testing.assert_close(level, expected, rtol=1e-3, atol=1e-3)
    case.assert_detections(result, 0, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(result.scores, case.outputs['scores0'], rtol=1e-4, atol=1e-4)


@pytest.fixture
def clip_detector(golden_case, golden, tmp_path, build_model):
    """Build the reference detector with its CLIP text tower as a local folder."""
    pytest.importorskip('vl_runtime.text_encoders')  # registers the CLIP text encoder
    from transformers import CLIPTextConfig, CLIPTextModelWithProjection

    case = golden_case('detector_v2_texts')
    folder = tmp_path / 'clip_tiny'
    shutil.copytree(golden / 'yolo_world' / 'clip_tiny', folder)
    prefix = 'backbone.text_model.model.'
    tower = CLIPTextModelWithProjection(CLIPTextConfig.from_pretrained(folder))
    weights = {k[len(prefix) :]: v for k, v in case.sd.items() if k.startswith(prefix)}
    tower.load_state_dict(weights, strict=False)
    config = (folder / 'config.json').read_text()
    tower.save_pretrained(folder)
    (folder / 'config.json').write_text(config)

    def build(add_mask):
        cfg = json.loads(json.dumps(case.cfg['model']))
        cfg['backbone']['text_model'].update(model_name=str(folder), add_mask=add_mask)
        return case, case.load_into(build_model(cfg))

    return build


def test_texts_of_samples_give_the_detections_of_the_reference(clip_detector):
    case, model = clip_detector(add_mask=True)
    model.eval()
    batch = [DetDataSample(metainfo=dict(META, texts=texts)) for texts in case.cfg['texts']]
    inputs = case.inputs['image'][:, [2, 1, 0]].float() / 255

    with torch.no_grad():
        _, feats, masks = model.extract_feat(inputs, batch)
        results = model.predict(inputs, batch)

    torch.testing.assert_close(feats, case.outputs['txt_feats'], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(masks, case.outputs['txt_masks'])
    for image, sample in enumerate(results):
        case.assert_detections(sample.pred_instances, image, rtol=1e-3, atol=1e-3)


def test_prompts_of_a_file_of_text_embeddings_detect_like_the_texts(
    clip_detector, build_model, tmp_path
):
    from vl_runtime.text_encoders.text_prompts import encode_texts, write_embeddings

    case, world = clip_detector(add_mask=False)
    world.eval().set_vocabulary(TEXTS)
    write_embeddings(tmp_path / 'e.npy', encode_texts(str(tmp_path / 'clip_tiny'), TEXTS))
    cfg = json.loads(json.dumps(case.cfg['model']))
    cfg.update(
        type='SimpleYOLOWorldDetector', prompt_dim=12, embedding_path=str(tmp_path / 'e.npy')
    )
    cfg['backbone'].update(text_model=None, with_text_model=False)
    simple = build_model(cfg).eval()
    simple.load_state_dict(world.state_dict(), strict=False)

    expected = world.predict(images(), samples())
    found = simple.predict(images(), samples())

    assert len(expected[0].pred_instances) > 0
    assert_same(found, expected)


@pytest.mark.parametrize('add_mask', [True, False])
def test_losses_with_texts_equal_the_reference(clip_detector, add_mask):
    case, model = clip_detector(add_mask)
    data = {
        'inputs': case.inputs['image'],
        'data_samples': {'bboxes_labels': case.inputs['gt'], 'texts': case.cfg['texts']},
    }

    losses = model.train()(**model.data_preprocessor(data, training=True), mode='loss')

    suffix = 'add_mask' if add_mask else 'no_mask'
    for name, value in losses.items():
        expected = case.outputs[f'{name}_{suffix}']
        torch.testing.assert_close(value.detach(), expected, rtol=5e-4, atol=5e-4)


# ------------------------------------------------------------------- texts


def test_fixed_vocabulary_gives_the_result_of_sample_texts(tiny):
    model = tiny()
    expected = model.predict(images(), samples(texts=TEXTS))

    model.reparameterize([TEXTS])
    found = model.predict(images(), samples())

    assert len(expected[0].pred_instances) > 0
    assert_same(found, expected)
    assert model.text_feats.shape == (1, 3, 12)


def test_fixed_vocabulary_is_encoded_once(tiny):
    model = tiny()
    model.set_vocabulary(TEXTS)

    model.predict(images(), samples())
    model.predict(images(), samples(texts=TEXTS))

    assert model.backbone.text_model.num_encoded == 3


def test_other_texts_of_a_sample_win_over_the_fixed_vocabulary(tiny):
    model = tiny()
    expected = model.predict(images(), samples(texts=['bird', 'tree']))

    model.set_vocabulary(TEXTS)

    assert_same(model.predict(images(), samples(texts=['bird', 'tree'])), expected)


def test_same_texts_of_all_images_are_encoded_once(tiny):
    model = tiny()

    model.predict(images(), samples(texts=TEXTS))

    assert model.backbone.text_model.num_encoded == 3


def test_different_texts_per_image(tiny):
    model = tiny()
    lists = [TEXTS, ['bird', 'tree', 'dog']]
    batch = [DetDataSample(metainfo=dict(META, texts=texts)) for texts in lists]

    together = model.predict(images(), batch)

    for image, texts in enumerate(lists):
        alone = model.predict(images()[image : image + 1], samples(1, texts=texts))
        assert_same(together[image : image + 1], alone)


def test_number_of_texts_can_change_after_training(tiny):
    model = tiny(num_classes=3)

    for num_texts in (1, 2, 90):
        texts = [f'thing {index}' for index in range(num_texts)]
        result = model.predict(images(), samples(texts=texts))[0].pred_instances
        assert len(result) > 0
        assert result.labels.max() < num_texts


def test_background_text_competes_and_is_never_predicted(tiny):
    model = tiny()
    model.set_vocabulary(TEXTS, background=True)

    fixed = model.predict(images(), samples())
    # a test pipeline that packs the plain texts gets the background too
    packed = model.predict(images(), samples(texts=TEXTS))
    in_samples = model.predict(images(), samples(texts=[*TEXTS, ' ']))

    assert model.texts == [[*TEXTS, ' ']]
    assert_same(packed, fixed)
    assert_same(in_samples, fixed)
    assert all(sample.pred_instances.labels.max() < 3 for sample in fixed)
    assert model(images(), mode='tensor')[0][0].shape[1] == 4


@pytest.mark.parametrize('blank', ['', ' '])
def test_blank_texts_are_dropped_before_the_limit_and_labels_keep_their_index(tiny, blank):
    model = tiny()
    model.test_cfg.max_per_img = 5

    results = model.predict(images(), samples(texts=['dog', blank, 'car']))

    for sample in results:
        labels = sample.pred_instances.labels
        assert len(labels) == 5
        assert 1 not in labels


def test_clearing_the_vocabulary(tiny):
    model = tiny()
    model.set_vocabulary(TEXTS)
    model.set_vocabulary(None)

    with pytest.raises(InputValueError, match=r"no texts to look for: .*meta_keys hold 'texts'"):
        model.predict(images(), samples())
    with pytest.raises(InputValueError, match='no vocabulary is set'):
        model(images(), mode='tensor')


@pytest.mark.parametrize(
    ('call', 'message'),
    [
        (lambda m: m.set_vocabulary([]), r'expected a list of texts .* found \[\]'),
        (lambda m: m.set_vocabulary('dog'), "expected a list of texts .* found 'dog'"),
        (lambda m: m.set_vocabulary([['dog', 'puppy']]), 'text 0: expected a string'),
        (lambda m: m.reparameterize(['dog', 'cat']), 'expected one list of texts'),
        (lambda m: m.reparameterize([['dog'], ['cat']]), 'expected one list of texts'),
        (
            lambda m: m.set_vocabulary(TEXTS, text_feats=torch.zeros(2, 12)),
            'expected features of 3 texts, found 2',
        ),
    ],
)
def test_wrong_vocabulary_is_refused(tiny, call, message):
    with pytest.raises(InputValueError, match=message):
        call(tiny())


def test_images_with_different_numbers_of_texts_are_refused(tiny):
    with pytest.raises(InputValueError, match='image 1 of this batch has 1 texts, image 0 has 2'):
        tiny().loss(images(), training([['dog', 'cat'], ['dog']]))


def test_synonyms_in_place_of_a_text_are_refused(tiny):
    with pytest.raises(InputValueError, match='image 0, text 1: expected a string'):
        tiny().predict(images(), samples(texts=['dog', ['cat', 'kitten']]))


def test_vocabulary_without_a_text_model_is_refused(tiny_config, build_model):
    cfg = tiny_config(3)
    cfg['backbone'].update(text_model=None, with_text_model=False)
    model = build_model(cfg).eval()

    with pytest.raises(InputValueError, match='no text model to encode'):
        model.set_vocabulary(TEXTS)
    model.set_vocabulary(TEXTS, text_feats=torch.randn(3, 12))
    assert len(model.predict(images(), samples())) == 2
    assert model.train().loss(images(), training(None))['loss_cls'].isfinite()


# ---------------------------------------------------------------- training


def test_gradients_reach_image_and_text_models(tiny):
    model = tiny().train()

    losses = model.loss(images(), training([TEXTS, TEXTS]))
    sum(losses.values()).backward()

    assert model.backbone.text_model.layer.weight.grad.abs().sum() > 0
    assert model.backbone.image_model.stem.conv.weight.grad.abs().sum() > 0


def test_equal_texts_train_as_if_each_image_was_encoded(tiny, monkeypatch):
    model = tiny().train()
    model.set_vocabulary(TEXTS)  # stored features are not used in training

    def gradient(texts):
        model.zero_grad()
        torch.manual_seed(0)
        losses = model.loss(images(), training(texts))
        sum(losses.values()).backward()
        return losses['loss_cls'].detach(), model.backbone.text_model.layer.weight.grad.clone()

    shared = gradient([TEXTS, TEXTS])
    monkeypatch.setattr(model, '_encode', lambda texts, like: model.backbone.forward_text(texts))
    each = gradient([TEXTS, TEXTS])

    torch.testing.assert_close(shared, each, rtol=1e-4, atol=1e-5)


def test_padded_texts_count_in_the_loss_unless_they_are_masked(tiny):
    plain, masked = tiny(4), tiny(4, add_mask=True)
    masked.load_state_dict(plain.state_dict())
    texts = [[*TEXTS, '']] * 2

    with_padding = plain.train().loss(images(), training(texts))
    without = masked.train().loss(images(), training(texts))

    assert with_padding['loss_cls'] > without['loss_cls']


@pytest.mark.parametrize(
    'gt', [GROUND_TRUTH[:0], GROUND_TRUTH[:1]], ids=['no box', 'one image empty']
)
def test_images_without_boxes_have_finite_losses(tiny, gt):
    losses = tiny().train().loss(images(), training([TEXTS, TEXTS], gt=gt))
    sum(losses.values()).backward()

    assert all(loss.isfinite() for loss in losses.values())


def test_batch_of_one(tiny):
    losses = tiny().train().loss(images(1), training([TEXTS], GROUND_TRUTH[:1], batch=1))

    assert all(loss.isfinite() for loss in losses.values())


def test_autocast_training_step_is_finite(tiny):
    model = tiny(add_mask=True).train()

    with torch.autocast('cpu', dtype=torch.bfloat16):
        losses = model.loss(images(), training([['dog', 'cat', '']] * 2, GROUND_TRUTH[:1]))
    sum(losses.values()).backward()

    assert all(loss.isfinite() for loss in losses.values())
    assert all(p.grad.isfinite().all() for p in model.parameters() if p.grad is not None)


def test_mode_switches_return_the_detector(tiny):
    model = tiny()

    assert model.train() is model
    assert model.eval() is model
    assert not model.neck.training
    assert not model.bbox_head.head_module.training


@pytest.mark.parametrize(
    ('change', 'expected'),
    [
        (
            lambda cfg: cfg['neck'].update(guide_channels=7),
            r'model\.neck\.guide_channels: expected \d+, the width of the .*, found 7',
        ),
        (
            lambda cfg: cfg['bbox_head']['head_module'].update(embed_dims=7),
            r'model\.bbox_head\.head_module\.embed_dims: expected \d+, .*, found 7',
        ),
    ],
)
def test_a_width_that_is_not_the_text_encoders_is_told(tiny_config, build_model, change, expected):
    cfg = tiny_config(3)
    change(cfg)
    with pytest.raises(InputValueError, match=expected):
        build_model(cfg)
