import copy

import numpy as np
import pytest
import torch
from mmengine.config import Config, ConfigDict
from mmengine.registry import MODELS

import yolo_world  # noqa: F401
from vl_runtime.errors import InputFileNotFoundError, InputKeyError, InputValueError
from vl_runtime.inference import Predictor
from yolo_world.reparameterize_checkpoint import reparameterize_checkpoint

NAMES = ['dog', 'cat', 'car', 'bird', 'tree']


@pytest.fixture
def source(golden_case, tmp_path):
    """(config, weights, checkpoint path): a small model with prompts, as a checkpoint."""
    case = golden_case('reparam_conv')
    path = tmp_path / 'world.pth'
    meta = {'epoch': 7, 'dataset_meta': {'classes': ('object',)}}
    torch.save({'meta': meta, 'state_dict': case.sd, 'optimizer': {'state': 1}}, path)
    np.save(tmp_path / 'texts.npy', case.inputs['text_embed'].numpy())
    return case.cfg['before'], case.sd, path


def load(path):
    return torch.load(path, weights_only=False)


@pytest.mark.parametrize(('conv_neck', 'name'), [(True, 'rep_conv'), (False, 'rep_linear')])
def test_checkpoint_is_written_and_equal_and_its_recipe_predicts(source, tmp_path, conv_neck, name):
    _, _, path = source
    before = path.read_bytes()
    out = tmp_path / 'new' / 'folder'

    done = reparameterize_checkpoint(
        path, out, tmp_path / 'texts.npy', conv_neck=conv_neck, names=NAMES, image_size=64
    )

    assert path.read_bytes() == before
    assert done.checkpoint == out / f'world_{name}.pth'
    assert sorted(p.name for p in out.iterdir()) == [f'world_{name}.pth', f'world_{name}.py']
    assert done.difference.within(scores=1e-5, boxes=1e-3, logits=1e-5)
    content = load(done.checkpoint)
    assert set(content) == {'meta', 'state_dict'}
    assert content['meta'] == {'epoch': 7, 'dataset_meta': {'classes': tuple(NAMES)}}
    predictor = Predictor.from_checkpoint(done.recipe, done.checkpoint, 'cpu')
    pictures = [np.full((48, 64, 3), 90, np.uint8)] * 5
    predictions = predictor.predict(pictures, score_threshold=0.0)
    assert len(predictions) == 5
    assert predictor.recipe_texts == tuple(NAMES)
    assert all(set(p.names) <= set(NAMES) for p in predictions)
    with pytest.raises(InputValueError, match='finds a fixed list of 5 classes and takes no texts'):
        predictor.predict(pictures, texts=['dog'])


def test_recipe_of_the_source_is_used_and_carried_on(source, tmp_path):
    cfg, _, path = source
    recipe = Config({'model': cfg, 'default_scope': 'mmyolo', 'load_from': 'x.pth', 'mine': 3})

    done = reparameterize_checkpoint(
        path, tmp_path, tmp_path / 'texts.npy', config=recipe, image_size=64
    )

    written = Config.fromfile(done.recipe)
    assert (written.mine, written.load_from) == (3, None)
    assert written.model.type == 'SimpleYOLOWorldDetector'
    assert written.model.bbox_head.head_module.num_guide == 5
    assert recipe.model == cfg
    # names that nobody gave are numbers, not those of some other vocabulary
    assert load(done.checkpoint)['meta']['dataset_meta']['classes'][4] == 'class 4'


@pytest.mark.parametrize('adapter', [False, True])
def test_prompts_in_the_checkpoint_need_no_file(source, tmp_path, adapter):
    cfg, weights, _ = source
    detector = MODELS.build(ConfigDict(dict(copy.deepcopy(cfg), use_mlp_adapter=adapter)))
    detector.load_state_dict(weights, strict=False)
    path = tmp_path / 'prompts.pth'
    meta = {'dataset_meta': {'classes': NAMES}}
    torch.save({'meta': meta, 'state_dict': detector.state_dict()}, path)

    done = reparameterize_checkpoint(path, tmp_path / 'out', conv_neck=True, image_size=64)

    fused = MODELS.build(Config.fromfile(done.recipe).model).eval()
    fused.load_state_dict(load(done.checkpoint)['state_dict'])
    images = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        found, expected = fused(images, mode='tensor'), detector.eval()(images, mode='tensor')
    for one, other in zip(found[0], expected[0], strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)
    assert done.classes == tuple(NAMES)


def test_efficient_neck(source, tmp_path):
    cfg, _, _ = source
    cfg = copy.deepcopy(cfg)
    cfg['neck']['block_cfg'] = {'type': 'EfficientCSPLayerWithTwoConv'}
    path = tmp_path / 'efficient.pth'
    torch.save(MODELS.build(ConfigDict(cfg)).state_dict(), path)

    done = reparameterize_checkpoint(
        path, tmp_path / 'out', tmp_path / 'texts.npy', conv_neck=True, image_size=64
    )

    assert done.difference.within()
    assert not any('guide' in key for key in load(done.checkpoint)['state_dict'])


def test_another_number_of_classes_than_eighty_and_a_background(source, tmp_path):
    _, _, path = source
    np.save(tmp_path / 'many.npy', np.random.default_rng(0).normal(size=(103, 12)))
    names = [f'thing {index}' for index in range(102)]

    done = reparameterize_checkpoint(
        path, tmp_path / 'out', tmp_path / 'many.npy', names=names, image_size=64
    )

    assert done.background
    assert len(done.classes) == 102
    predictor = Predictor.from_checkpoint(done.recipe, done.checkpoint, 'cpu')
    found = predictor.predict(np.full((64, 64, 3), 90, np.uint8), score_threshold=0.0)[0]
    assert set(found.names) <= set(names)


def test_weights_of_a_parallel_wrapper_are_read(source, tmp_path):
    _, weights, path = source
    torch.save({f'module.{key}': value for key, value in weights.items()}, path)

    done = reparameterize_checkpoint(path, tmp_path, tmp_path / 'texts.npy', image_size=64)

    assert done.difference.within()


def test_mistakes_leave_no_file(source, tmp_path):
    _, _, path = source
    out = tmp_path / 'out'
    np.save(tmp_path / 'wide.npy', np.ones((5, 16)))
    np.save(tmp_path / 'flat.npy', np.ones(5))
    (tmp_path / 'text.npy').write_text('no array')
    np.save(tmp_path / 'objects.npy', np.array([{}], dtype=object), allow_pickle=True)
    for name, message in (
        ('wide.npy', r'world.pth: text embeddings: expected the width 12 of the head, found 16'),
        ('flat.npy', r'flat.npy: text embeddings: expected the shape .* found \(5,\)'),
        ('text.npy', r'text.npy: expected numbers in .npy format'),
        ('objects.npy', r'objects.npy: expected numbers in .npy format'),
        ('absent.npy', r'absent.npy: embedding file not found'),
        (None, r'world.pth: text embeddings are needed \(--text-embed\)'),
    ):
        embed = name and tmp_path / name
        with pytest.raises((InputValueError, InputFileNotFoundError), match=message):
            reparameterize_checkpoint(path, out, embed, image_size=64)
    with pytest.raises(InputValueError, match=r'class names: expected 5, .* \(or 4, .* found 2'):
        reparameterize_checkpoint(path, out, tmp_path / 'texts.npy', names=['a', 'b'])
    with pytest.raises(InputValueError, match='image size: expected a multiple of 32, found 50'):
        reparameterize_checkpoint(path, out, tmp_path / 'texts.npy', image_size=50)
    torch.save({'neck.text_enhancer.proj.weight': torch.ones(1)}, path)
    with pytest.raises(InputValueError, match=r'world.pth: the dual neck'):
        reparameterize_checkpoint(path, out, tmp_path / 'texts.npy')
    torch.save({'state_dict': {'fc.weight': torch.ones(1)}}, path)
    with pytest.raises(InputKeyError, match=r'world.pth: expected weights of YOLO-World'):
        reparameterize_checkpoint(path, out, tmp_path / 'texts.npy')
    assert not out.exists()


def test_a_recipe_of_another_model_is_told(source, tmp_path):
    cfg, _, path = source
    cfg = copy.deepcopy(cfg)
    cfg['bbox_head']['head_module']['reg_max'] = 16
    with pytest.raises(InputValueError, match=r'has the shape .*, the model expects .*--config'):
        reparameterize_checkpoint(
            path, tmp_path, tmp_path / 'texts.npy', config=Config({'model': cfg}), image_size=64
        )
