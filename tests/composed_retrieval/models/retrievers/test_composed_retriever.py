"""The whole model through its public ways in."""

import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.optim import OptimWrapper
from mmengine.registry import DATASETS, MODELS
from mmengine.structures import BaseDataElement

PICTURE = torch.Generator().manual_seed(3)


def batch_of(model, batch):
    return model.data_preprocessor(batch)


def test_a_training_step_trains_all_but_the_trunk_and_the_matching_head(tiny_model, pair_batch):
    model = tiny_model().train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    optimizer = OptimWrapper(torch.optim.AdamW(model.parameters(), lr=1e-2))
    logged = model.train_step(pair_batch(), optimizer)
    assert set(logged) == {'loss', 'loss_itc', 'loss_rtc', 'loss_align'}
    changed = {n for n, value in model.state_dict().items() if not torch.equal(before[n], value)}
    frozen = set(before) - changed
    assert {name.split('.')[0] for name in frozen} <= {'vision_model', 'itm_head', 'embeddings'}
    assert 'vision_model.post_layernorm.weight' in changed
    assert not any(name.startswith(('vision_model.enc', 'vision_model.emb')) for name in changed)


def test_items_of_a_data_set_train_it_and_are_ranked(tiny_model, cirr_root):
    steps = [
        dict(type='LoadPictures'),
        dict(type='PadResizeCrop', size=16),
        dict(type='CleanCaption'),
        dict(type='PackPictures'),
    ]
    values = dict(data_root=str(cirr_root), split='val', pipeline=steps)
    queries = DATASETS.build(dict(type='CIRRDataset', **values))
    model = tiny_model(region_loss=dict(type='RegionContrastLoss'), mask_same_target=True)
    batch = pseudo_collate([queries[index] for index in range(3)])
    optimizer = OptimWrapper(torch.optim.AdamW(model.parameters(), lr=1e-3))
    logged = model.train().train_step(batch, optimizer)
    assert logged['num_region_pairs'] == logged['loss_region'] == 0  # there is no box file
    assert logged['loss'].isfinite()
    gallery = DATASETS.build(
        dict(
            type='GalleryDataset',
            queries=dict(type='CIRRDataset', **values),
            pipeline=[*steps[:2], steps[3]],
        )
    )
    model.eval()
    with torch.no_grad():
        for items, shape in (([gallery[0]], (1, 6, 12)), ([queries[0]], (1, 12))):
            data = model.data_preprocessor(pseudo_collate(items))
            assert model(**data, mode='tensor').shape == shape


def test_the_trunk_stays_in_evaluation_mode(tiny_model):
    model = tiny_model().train()
    assert model.training and model.qformer.training and model.vision_model.post_layernorm.training
    assert not model.vision_model.encoder.training
    assert model.vision_model.post_layernorm.eps == 1e-5
    trained = tiny_model(trunk=dict(frozen=False)).train()
    assert trained.vision_model.encoder.training
    assert all(p.requires_grad for p in trained.vision_model.parameters())


def test_training_and_evaluation_read_the_same_query(tiny_model, pair_batch):
    model, batch = tiny_model(), pair_batch()
    data = batch_of(model, batch)
    texts = [sample.caption for sample in data['data_samples']]
    read = []
    original = model._read_query
    model._read_query = lambda *given: read.append(original(*given)) or read[-1]
    model.train()(**data, mode='loss')
    model.eval()
    with torch.no_grad():
        tokens = model.image_tokens(data['inputs']['reference'])
        direct = model.query_features(tokens, texts)
        inputs = {'reference': data['inputs']['reference']}
        through_forward = model(inputs, data['data_samples'], mode='tensor')
    torch.testing.assert_close(read[0].feature.detach(), direct)
    torch.testing.assert_close(through_forward, direct)
    torch.testing.assert_close(direct.norm(dim=1), torch.ones(3))


def test_cached_tokens_give_what_pixels_give(tiny_model, pair_batch):
    model = tiny_model().eval()
    data = batch_of(model, pair_batch())
    tokens = {f'{side}_tokens': model.image_tokens(p) for side, p in data['inputs'].items()}
    from_pixels = model(**data, mode='loss')
    from_tokens = model(tokens, data['data_samples'], mode='loss')
    torch.testing.assert_close(from_pixels, from_tokens)
    image = data['inputs']['target']
    features = model({'image': image}, data['data_samples'], mode='tensor')
    assert features.shape == (3, 6, 12)
    same = model({'image_tokens': tokens['target_tokens']}, data['data_samples'], mode='tensor')
    torch.testing.assert_close(features, same)


def test_without_text_every_caption_gives_the_same_query(tiny_model, pair_batch):
    for use_text, same in ((True, False), (False, True)):
        model = tiny_model(use_text=use_text).eval()
        tokens = model.image_tokens(batch_of(model, pair_batch(1))['inputs']['reference'])
        one, other = (model.query_features(tokens, [t]) for t in ('add a red star', 'blue'))
        assert torch.equal(one, other) is same


def test_one_pair_keeps_its_shapes_and_has_no_contrast(tiny_model, pair_batch):
    model = tiny_model()
    losses = model(**batch_of(model, pair_batch(1)), mode='loss')
    assert losses['loss_itc'].item() == losses['loss_rtc'].item() == 0
    assert losses['loss_align'].shape == ()


def test_the_temperature_stays_in_its_range_and_can_come_back(tiny_model):
    model = tiny_model()
    for value, expected in ((0.001, 0.01), (2.0, 0.5), (0.07, 0.07)):
        model.temp.data.fill_(value)
        assert model.temperature.item() == pytest.approx(expected)
        (gradient,) = torch.autograd.grad(model.temperature, model.temp)
        assert gradient == 1


def test_equal_targets_are_masked_where_the_recipe_asks(tiny_model, pair_batch):
    batch = pair_batch(2)
    for sample in batch['data_samples']:
        sample.set_metainfo({'target': {'name': 'same'}})
    plain, masked = tiny_model(), tiny_model(mask_same_target=True)
    assert plain(**batch_of(plain, batch), mode='loss')['loss_itc'] > 0
    assert masked(**batch_of(masked, batch), mode='loss')['loss_itc'] == 0


def test_fingerprints_follow_what_they_stand_for(tiny_model, tiny_config):
    model = tiny_model()
    trunk, pictures = model.trunk_fingerprint(), model.fingerprint()
    again = tiny_model()
    assert (again.trunk_fingerprint(), again.fingerprint()) == (trunk, pictures)
    with torch.no_grad():
        model.text_projection.weight += 1  # of queries only
    assert (model.trunk_fingerprint(), model.fingerprint()) == (trunk, pictures)
    with torch.no_grad():
        model.vision_projection.weight += 1
    assert model.trunk_fingerprint() == trunk and model.fingerprint() != pictures
    with torch.no_grad():
        model.vision_model.embeddings.patch_embedding.weight += 1
    assert model.trunk_fingerprint() != trunk
    mean = dict(type='RetrievalPreprocessor', mean=(0.5, 0.5, 0.5))
    assert tiny_model(data_preprocessor=mean).trunk_fingerprint() != trunk


def test_half_precision_is_of_the_frozen_part_only(tiny_model, pair_batch):
    model = tiny_model(trunk=dict(dtype='bfloat16'))
    types = {n: p.dtype for n, p in model.named_parameters()}
    half = {name for name, dtype in types.items() if dtype == torch.bfloat16}
    assert half and all(n.startswith(('vision_model.emb', 'vision_model.enc')) for n in half)
    data = batch_of(model, pair_batch())
    assert model.image_tokens(data['inputs']['target']).dtype == torch.bfloat16
    losses = model(**data, mode='loss')
    full = tiny_model()
    exact = full(**data, mode='loss')
    torch.testing.assert_close(losses, exact, atol=0.05, rtol=0.05)


def test_mixed_precision_stays_close_and_finite(tiny_model, pair_batch):
    parts = dict(
        region_loss=dict(type='RegionContrastLoss', mode='best_match'),
        box_attention=dict(type='BoxAttention', hidden_width=16, dropout=0.0),
    )
    model = tiny_model(**parts)
    boxes = [(1.0, 1.0, 9.0, 9.0), (4.0, 4.0, 12.0, 15.0)]
    data = batch_of(model, pair_batch(3, reference_boxes=boxes, target_boxes=boxes))
    exact = model(**data, mode='loss')
    with torch.autocast('cpu', torch.bfloat16):
        rounded = model(**data, mode='loss')
    assert all(value.dtype == torch.float32 for value in rounded.values())
    torch.testing.assert_close(rounded, exact, atol=0.1, rtol=0.05)
    sum(value for name, value in rounded.items() if 'loss' in name).backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    assert all(gradient.isfinite().all() for gradient in gradients)


def test_gradient_checkpointing_changes_no_gradient(tiny_model, pair_batch):
    gradients = []
    for checkpointing in (False, True):
        model = tiny_model(qformer=dict(gradient_checkpointing=checkpointing)).train()
        losses = model(**batch_of(model, pair_batch()), mode='loss')
        sum(losses.values()).backward()
        gradients.append({n: p.grad for n, p in model.named_parameters() if p.grad is not None})
    assert gradients[0].keys() == gradients[1].keys()
    torch.testing.assert_close(gradients[0], gradients[1])


def test_the_tiny_part_builds_and_computes(repository):
    part = Config.fromfile(repository / 'configs/_base_/models/composed_retriever_tiny.py')
    model = MODELS.build(part.composed_retriever_tiny).eval()
    tokens = model.image_tokens(torch.rand(2, 3, 64, 64))
    assert tokens.shape == (2, 65, 64)
    assert model.target_features(tokens).shape == (2, 8, 32)
    assert model.query_features(tokens, ['make the circle blue'] * 2).shape == (2, 32)


def test_wrong_values_are_one_clear_line(tiny_config):
    for changes, message in (
        (dict(loss_weights=dict(itm=1)), "loss_weights: expected keys among itc, .* found 'itm'"),
        (dict(qformer=dict(heads=1)), "qformer: expected keys among hidden_size.* found 'heads'"),
        (dict(qformer=dict(vocab_size=10)), 'vocab_size: expected at least .* found 10'),
        (dict(trunk=dict(dtype='int8')), "trunk.dtype: expected one of float32.* found 'int8'"),
    ):
        with pytest.raises((ValueError, KeyError), match=message):
            MODELS.build(tiny_config(**changes))


def test_a_batch_that_does_not_fit_is_one_clear_line(tiny_model, pair_batch):
    model = tiny_model()
    data = batch_of(model, pair_batch())
    only_reference = {'reference': data['inputs']['reference']}
    for inputs, mode, message in (
        (only_reference, 'loss', 'the batch has no target, only reference; a split without'),
        ({'image': torch.zeros(1, 3, 8, 8)}, 'tensor', r'image: the model expects \(B, 3, 16, 16'),
        ({'image_tokens': torch.zeros(1, 5, 24)}, 'tensor', r'image_tokens: .* \(B, 17, 24\)'),
        (only_reference, 'predict', "expected mode 'loss' or 'tensor', found 'predict'"),
    ):
        with pytest.raises(ValueError, match=message):
            model(inputs, data['data_samples'], mode=mode)


def test_a_sample_without_boxes_is_no_error(tiny_model):
    model = tiny_model().eval()
    samples = [BaseDataElement(metainfo={'caption': 'add a red star'})]
    picture = torch.randint(0, 256, (1, 3, 16, 16), dtype=torch.uint8, generator=PICTURE)
    data = model.data_preprocessor({'inputs': {'reference': picture}, 'data_samples': samples})
    assert model(**data, mode='tensor').shape == (1, 12)
