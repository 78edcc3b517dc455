import pytest
import torch
from mmengine.registry import MODELS

import yolo_world  # noqa: F401
from vl_runtime.errors import InputValueError

IMAGE_MODEL = {'type': 'YOLOv8CSPDarknet', 'deepen_factor': 0.33, 'widen_factor': 0.125}


def build(**kwargs):
    cfg = {
        'type': 'MultiModalYOLOBackbone',
        'image_model': IMAGE_MODEL,
        'text_model': {'type': 'TinyTextEncoder', 'add_mask': True},
    }
    return MODELS.build({**cfg, **kwargs})


def test_images_and_texts_are_encoded_side_by_side():
    backbone = build().eval()

    levels, (feats, mask) = backbone(torch.rand(2, 3, 64, 64), [['dog', 'cat'], ['car', '']])

    assert [level.shape[-1] for level in levels] == [8, 4, 2]
    assert feats.shape == (2, 2, 12)
    assert mask.tolist() == [[1, 1], [1, 0]]


def test_without_texts_or_text_model_there_are_no_text_features():
    image = torch.rand(1, 3, 64, 64)

    assert build().eval()(image, None)[1] is None
    backbone = build(text_model=None, with_text_model=False).eval()
    assert backbone.text_model is None
    assert backbone(image, [['dog']])[1] is None
    with pytest.raises(InputValueError, match='no text model to encode'):
        backbone.forward_text([['dog']])


@pytest.mark.parametrize(('stages', 'frozen'), [(-1, 0), (0, 1), (2, 3), (4, 5)])
def test_frozen_stages_stay_frozen_in_training(stages, frozen):
    backbone = build(frozen_stages=stages)

    assert backbone.train() is backbone

    layers = [getattr(backbone.image_model, name) for name in backbone.image_model.layers]
    for index, layer in enumerate(layers):
        assert layer.training == (index >= frozen)
        assert all(p.requires_grad == (index >= frozen) for p in layer.parameters())
    assert backbone.text_model.layer.weight.requires_grad


def test_wanted_text_model_must_be_given():
    with pytest.raises(InputValueError, match='text_model is None but with_text_model=True'):
        build(text_model=None)


def test_too_many_frozen_stages_are_refused():
    with pytest.raises(InputValueError, match=r'frozen_stages=5, but the last stage .* is 4'):
        build(frozen_stages=5)
