import copy

import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample
from torch.nn import functional as F

import yolo_world  # noqa: F401
from tests.vl_runtime.conftest import tiny_clip_folder  # noqa: F401
from vl_runtime.errors import InputValueError
from vl_runtime.image_encoders import mix_prompts

TEXTS = ['a dog', 'a cat', 'a car']
META = {'ori_shape': (64, 64), 'img_shape': (64, 64), 'scale_factor': (1.0, 1.0)}
# image 0: a large dog and a small cat; image 1: a large car
ROWS = torch.tensor([[0.0, 0, 10, 10, 120, 90], [0.0, 1, 4, 4, 30, 40], [1.0, 2, 20, 30, 110, 120]])


@pytest.fixture(scope='module')
def vision_folder(tmp_path_factory):
    """CLIP's image tower: 32 x 32 images, 2 layers, D = 12, random weights."""
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    config = CLIPVisionConfig(
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=32,
        patch_size=8,
        projection_dim=12,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = CLIPVisionModelWithProjection(config)
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
    folder = tmp_path_factory.mktemp('clip_vision')
    model.save_pretrained(folder)
    return str(folder)


@pytest.fixture
def detector(tiny_config, build_model, vision_folder, tiny_clip_folder):  # noqa: F811
    """The published recipe at a tiny size: all is frozen but the projector."""

    def build(**changes):
        torch.manual_seed(0)
        cfg = tiny_config(3)
        cfg.update(
            {
                'type': 'YOLOWorldImageDetector',
                'prompt_dim': 12,
                'vision_model': vision_folder,
                **changes,
            }
        )
        cfg['backbone'].update(
            frozen_stages=4,
            text_model={
                'type': 'HuggingCLIPLanguageBackbone',
                'model_name': str(tiny_clip_folder),
                'frozen_modules': ['all'],
            },
        )
        cfg['neck']['freeze_all'] = True
        cfg['bbox_head']['head_module']['freeze_all'] = True
        model = build_model(cfg)
        for contrast in model.bbox_head.head_module.cls_contrasts:
            torch.nn.init.constant_(contrast.bias, -2.0)
            torch.nn.init.constant_(contrast.logit_scale, 0.5)
        return model

    return build


def images():
    return torch.rand(2, 3, 128, 128, generator=torch.Generator().manual_seed(1))


def batch(rows=ROWS):
    return {'bboxes_labels': rows, 'texts': [TEXTS] * 2, 'img_metas': [{}] * 2}


def pictures():
    generator = np.random.default_rng(0)
    return [generator.integers(0, 256, (40, 30 + k, 3)).astype(np.uint8) for k in range(2)]


def predict(model, texts=None, batch_size=2):
    meta = META if texts is None else dict(META, texts=texts)
    samples = [DetDataSample(metainfo=meta) for _ in range(batch_size)]
    with torch.no_grad():
        results = model.predict(images()[:batch_size, :, :64, :64], samples)
    return [result.pred_instances for result in results]


# ---------------------------------------------------------------- training


def test_training_changes_only_the_projector(detector):
    model = detector().train()
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-3)
    before = copy.deepcopy(model.state_dict())

    losses = model.loss(images(), batch())
    sum(losses.values()).backward()
    optimizer.step()

    changed = {k for k, v in model.state_dict().items() if not torch.equal(v, before[k])}
    prefix = 'image_prompt_encoder.projector'
    assert changed == {f'{prefix}.{k}.{name}' for k in (0, 2) for name in ('weight', 'bias')}


def test_loss_goes_down_with_training(detector):
    model = detector().train()
    optimizer = torch.optim.AdamW(model.image_prompt_encoder.projector.parameters(), lr=3e-3)
    values = []
    for _ in range(30):
        loss = model.loss(images(), batch())['loss_cls']
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        values.append(loss.item())

    assert np.mean(values[-5:]) < np.mean(values[:5])


def test_large_objects_replace_the_texts_of_their_classes(detector):
    model = detector().train()
    texts, _ = model.backbone.forward_text([TEXTS] * 2)

    _, feats, _ = model.extract_feat(images(), batch())

    same = torch.isclose(feats, F.normalize(texts, dim=-1), atol=1e-5).all(-1)
    assert same.tolist() == [[False, True, True], [True, True, False]]
    torch.testing.assert_close(feats.norm(dim=-1), torch.ones(2, 3))


def test_batch_without_a_large_object_trains_nothing_and_does_not_fail(detector):
    model = detector().train()

    losses = model.loss(images(), batch(ROWS[1:2]))
    sum(losses.values()).backward()

    for parameter in model.image_prompt_encoder.projector.parameters():
        assert torch.equal(parameter.grad, torch.zeros_like(parameter))


def test_batch_without_boxes_is_trained_on(detector):
    losses = detector().train().loss(images(), batch(ROWS[:0]))

    assert losses['loss_bbox'] == 0 and losses['loss_cls'].isfinite()


def test_fixed_vocabulary_names_classes_of_batches_without_texts(detector):
    model = detector()
    model.set_vocabulary(TEXTS)
    data = batch()
    del data['texts']

    losses = model.train().loss(images(), data)

    assert all(value.isfinite() for value in losses.values())


# --------------------------------------------------------------------- use


def test_set_embeddings_replace_the_texts_of_the_images(detector):
    model = detector().eval()
    named = predict(model, TEXTS)
    model.setembeddings(model.encode_image_prompts(pictures()))

    shown = predict(model, TEXTS)
    without_texts = predict(model)

    assert model.has_embed
    assert all(found.labels.max() <= 1 for found in shown)
    for one, other in zip(shown, without_texts):
        torch.testing.assert_close(one.scores, other.scores)
    model.setembeddings(None)
    assert not model.has_embed
    torch.testing.assert_close(predict(model, TEXTS)[0].scores, named[0].scores)


def test_embeddings_of_the_texts_give_the_detections_of_the_texts(detector):
    model = detector().eval()
    named = predict(model, TEXTS)
    with torch.no_grad():
        feats, _ = model.backbone.forward_text([TEXTS])

    model.setembeddings(feats[0], names=TEXTS)

    for one, other in zip(predict(model), named):
        torch.testing.assert_close(one.bboxes, other.bboxes)
        assert torch.equal(one.labels, other.labels)


def test_background_embedding_is_never_predicted(detector):
    model = detector().eval()
    feats = model.encode_image_prompts(pictures())
    model.setembeddings(torch.cat([feats, feats[:1]]), names=['x', 'y', ' '])

    assert all(found.labels.max() <= 1 for found in predict(model))


def test_words_and_pictures_serve_together(detector):
    model = detector().eval()
    shown = model.encode_image_prompts(pictures())
    with torch.no_grad():
        named = model.backbone.forward_text([TEXTS[:2]])[0][0]

    model.set_vocabulary(TEXTS[:2], text_feats=mix_prompts(named, shown))
    mixed = predict(model)
    model.set_vocabulary([*TEXTS[:2], 'shown 0', 'shown 1'], text_feats=torch.cat([named, shown]))
    joined = predict(model)

    assert len(mixed[0]) > 0
    assert set(joined[0].labels.tolist()) <= {0, 1, 2, 3}


def test_prompts_are_unit_vectors_with_and_without_the_residual(detector):
    model = detector()
    plain = detector(prompt_residual=False)
    plain.load_state_dict(model.state_dict())

    one, other = (m.encode_image_prompts(pictures()) for m in (model, plain))

    torch.testing.assert_close(one.norm(dim=1), torch.ones(2))
    torch.testing.assert_close(other.norm(dim=1), torch.ones(2))
    assert not torch.allclose(one, other)


def test_checkpoint_keys_are_the_published_ones(detector):
    own = {
        key.removeprefix('image_prompt_encoder.'): tuple(value.shape)
        for key, value in detector().state_dict().items()
        if key.startswith('image_prompt_encoder.')
    }
    assert own['projector.0.weight'] == (24, 12)
    assert own['projector.0.bias'] == (24,)
    assert own['projector.2.weight'] == (12, 24)
    assert own['projector.2.bias'] == (12,)
    assert own['img_mean'] == own['img_std'] == (1, 3, 1, 1)
    assert own['image_encoder.visual_projection.weight'] == (12, 16)
    tower = [key for key in own if key.startswith('image_encoder.')]
    # two layers of 16 entries, three embeddings, two norms, the projection
    assert len(tower) == 2 * 16 + 3 + 4 + 1
    others = {'image_encoder.visual_projection.weight'}
    assert all(key.startswith('image_encoder.vision_model.') for key in set(tower) - others)


def test_checkpoints_of_older_transformers_load(detector):
    model = detector()
    state = model.state_dict()
    key = 'image_prompt_encoder.image_encoder.vision_model.embeddings.position_ids'
    state[key] = torch.arange(17)[None]

    model.load_state_dict(state)


def test_clip_stays_frozen_in_training(detector):
    model = detector().train()
    encoder = model.image_prompt_encoder

    model.init_weights()

    assert not any(p.requires_grad for p in encoder.image_encoder.parameters())
    assert not any(m.training for m in encoder.image_encoder.modules())
    assert encoder.projector.training


# ------------------------------------------------------------------ errors


def test_embeddings_of_another_width_are_told(detector):
    with pytest.raises(
        InputValueError, match=r'of shape \(number of prompts, 12\), found \(2, 5\)'
    ):
        detector().setembeddings(torch.zeros(2, 5))


def test_names_for_another_number_of_embeddings_are_told(detector):
    with pytest.raises(InputValueError, match='expected features of 1 texts, found 2'):
        detector().setembeddings(torch.zeros(2, 12), names=['one'])


def test_a_model_of_another_width_is_told(detector):
    with pytest.raises(InputValueError, match=r'model\.prompt_dim: expected 12.*found 13'):
        detector(prompt_dim=13)


def test_another_normalisation_is_told(detector):
    other = {'type': 'YOLOWDetDataPreprocessor', 'mean': [1.0] * 3, 'std': [255.0] * 3}
    with pytest.raises(InputValueError, match=r'expected model\.data_preprocessor with mean'):
        detector(data_preprocessor=other)


def test_something_else_than_a_picture_is_told(detector):
    with pytest.raises(InputValueError, match='image prompt 0: expected an array'):
        detector().encode_image_prompts([torch.zeros(3, 8, 8)])
