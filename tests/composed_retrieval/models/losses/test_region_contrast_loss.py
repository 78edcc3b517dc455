"""Reference values of the region losses, and what they must and must not depend on."""

import numpy as np
import pytest
import torch
from mmengine.registry import MODELS

from composed_retrieval.models.layers.token_grid import TokenGrid
from composed_retrieval.models.losses.region_features import RegionPairs

QFORMER = dict(type='RegionContrastLoss')
PATCH = dict(type='RegionContrastLoss', feature_level='patch')
BOX, OTHER = (1.0, 1.0, 7.0, 9.0), (8.0, 4.0, 15.0, 15.0)


@pytest.fixture(params=['region_a', 'region_b'])
def arrays(request, golden_case):
    return {key: torch.from_numpy(np.asarray(v)) for key, v in golden_case(request.param).items()}


def boxes_of(arrays, side):
    counts = arrays[f'in_counts_{side}'].tolist()
    return list(arrays[f'in_rois_{side}'][:, 1:].split(counts))


def grid_of(arrays):
    return TokenGrid(int(arrays['in_grid']), float(arrays['in_dim'] / arrays['in_grid']))


def golden_pairs(arrays, tokens):
    valid = arrays['out_valid_pair_index'].tolist()
    reference, target = boxes_of(arrays, 'ref'), boxes_of(arrays, 'tgt')
    chosen = [i for i in range(len(reference)) if len(reference[i]) and len(target[i])]
    assert chosen == valid
    return RegionPairs(
        num_tokens=1,
        reference=tokens[valid],
        target=arrays['in_tokens_tgt'][valid],
        reference_boxes=[reference[i] for i in valid],
        target_boxes=[target[i] for i in valid],
        queries=torch.zeros(len(valid), 1),
        grid=grid_of(arrays),
        read_picture=None,
    )


def patch_loss(arrays, mode):
    weight = arrays['in_proj_weight']
    loss = MODELS.build(
        dict(
            PATCH,
            mode=mode,
            image_width=weight.shape[1],
            feature_width=weight.shape[0],
            temperature=float(arrays['in_temp']),
        )
    )
    state = {'weight': weight, 'bias': arrays['in_proj_bias']}
    loss.features.projection.load_state_dict(state)
    return loss


def assert_equal(value, expected, tolerance=1e-5):
    torch.testing.assert_close(
        value.detach(), expected, atol=tolerance, rtol=tolerance, check_dtype=False
    )


def test_pooled_patches_equal_the_reference(arrays):
    grid = grid_of(arrays)
    for side in ('ref', 'tgt'):
        pooled = grid.pooled(arrays[f'in_tokens_{side}'], boxes_of(arrays, side))
        assert_equal(pooled, arrays[f'out_pooled_{side}_sr2'])
    first = [boxes[:1] if index == 0 else boxes[:0] for index, boxes in
             enumerate(boxes_of(arrays, 'ref'))]  # fmt: skip
    pooled = grid.pooled(arrays['in_tokens_ref'], first, bins=7)
    assert_equal(pooled[0], arrays['out_pooled7_ref_sr2_first_roi'].mean(dim=(1, 2)))


@pytest.mark.parametrize(
    ('mode', 'key'),
    [('mean', 'out_loss_batch_infonce'), ('best_match', 'out_loss_best_match')],
)
def test_patch_losses_equal_the_reference(arrays, mode, key):
    loss = patch_loss(arrays, mode)
    result = loss.loss(loss(golden_pairs(arrays, arrays['in_tokens_ref'])))
    assert_equal(result.value, arrays[key])
    assert result.num_pairs == len(arrays['out_valid_pair_index'])


def test_pictures_without_a_partner_get_no_gradient(arrays):
    tokens = arrays['in_tokens_ref'].requires_grad_()
    loss = patch_loss(arrays, 'mean')
    loss.loss(loss(golden_pairs(arrays, tokens))).value.backward()
    found = tokens.grad.abs().sum(dim=(1, 2))
    expected = arrays['out_grad_tokens_ref_abs_sum_per_image']
    assert_equal(found, expected, 1e-3)
    assert ((found == 0) == (expected == 0)).all()


def batch_with(pair_batch, reference_boxes, target_boxes):
    """Three pairs; boxes of each are given."""
    batch = pair_batch(3)
    for sample, reference, target in zip(batch['data_samples'], reference_boxes, target_boxes):
        for side, boxes in (('reference', reference), ('target', target)):
            sample.set_field(torch.tensor(boxes).reshape(-1, 4), f'{side}_boxes')
    return batch


def losses_of(model, batch):
    return model(**model.data_preprocessor(batch), mode='loss')


LEVELS = pytest.mark.parametrize(
    'values', [QFORMER, dict(QFORMER, mode='best_match'), PATCH, dict(PATCH, mode='best_match')]
)
ALL = [[BOX, OTHER]] * 3


def test_the_qformer_learns_from_regions(tiny_model, pair_batch):
    model = tiny_model(region_loss=QFORMER)
    loss = losses_of(model, batch_with(pair_batch, ALL, ALL))['loss_region']
    gradients = torch.autograd.grad(loss, [*model.qformer.parameters()], allow_unused=True)
    by_name = dict(zip([name for name, _ in model.qformer.named_parameters()], gradients))
    for part in ('crossattention.attention.query', 'intermediate_query', 'output_query'):
        assert by_name[f'encoder.layer.0.{part}.dense.weight' if 'attention' not in part
                       else f'encoder.layer.0.{part}.weight'].abs().sum() > 0  # fmt: skip
    # The text has a part in it too.
    assert by_name['encoder.layer.0.intermediate.dense.weight'].abs().sum() > 0


@LEVELS
def test_changing_a_box_changes_the_loss(tiny_model, pair_batch, values):
    model = tiny_model(region_loss=values)
    corner = (0.0, 0.0, 4.0, 4.0)
    moved = [[BOX, OTHER], [corner, corner], [BOX, OTHER]]
    one, other = (losses_of(model, batch_with(pair_batch, ALL, t)) for t in (ALL, moved))
    assert abs(one['loss_region'] - other['loss_region']) > 1e-6
    torch.testing.assert_close(one['loss_itc'], other['loss_itc'])


@LEVELS
def test_without_boxes_the_loss_is_exactly_0_and_connected(tiny_model, pair_batch, values):
    model = tiny_model(region_loss=values)
    for boxes in ([[], [], []], [[], [BOX], []]):  # no pair, one pair
        losses = losses_of(model, batch_with(pair_batch, boxes, ALL))
        assert losses['loss_region'].item() == 0
        assert losses['num_region_pairs'].item() == sum(map(len, boxes))
        losses['loss_region'].backward()
        assert all(p.grad is not None for p in model.region_loss.parameters())


@LEVELS
def test_the_order_of_boxes_has_no_effect(tiny_model, pair_batch, values):
    model = tiny_model(region_loss=values)
    turned = [[OTHER, BOX]] * 3
    one, other = (losses_of(model, batch_with(pair_batch, b, b)) for b in (ALL, turned))
    torch.testing.assert_close(one['loss_region'], other['loss_region'])


@LEVELS
def test_pairs_without_boxes_are_left_out_and_counted(tiny_model, pair_batch, values):
    model = tiny_model(region_loss=values, loss_weights=dict(region=1.0))
    some = [[BOX], [], [OTHER, BOX]]
    three = losses_of(model, batch_with(pair_batch, some, ALL))
    batch = batch_with(pair_batch, some, ALL)
    two = {
        'inputs': {side: [pictures[0], pictures[2]] for side, pictures in batch['inputs'].items()},
        'data_samples': [batch['data_samples'][0], batch['data_samples'][2]],
    }
    alone = losses_of(model, two)
    assert three['num_region_pairs'] == alone['num_region_pairs'] == 2
    torch.testing.assert_close(three['loss_region'], alone['loss_region'])


def test_a_mask_of_all_patches_reads_the_whole_picture(tiny_model, pair_batch):
    model = tiny_model(region_loss=QFORMER, loss_weights=dict(region=1.0))
    whole = [[(0.0, 0.0, 16.0, 16.0)]] * 3
    model.region_loss.temperature = model.temp.item()
    losses = losses_of(model, batch_with(pair_batch, whole, whole))
    torch.testing.assert_close(losses['loss_region'], losses['loss_itc'])


def test_equal_targets_are_no_negatives_of_regions_either(tiny_model, pair_batch):
    batch = batch_with(pair_batch, ALL, ALL)
    for sample in batch['data_samples']:
        sample.set_metainfo({'target': {'name': 'same'}})
    masked = losses_of(tiny_model(region_loss=QFORMER, mask_same_target=True), batch)
    assert masked['loss_region'] == 0 and masked['num_region_pairs'] == 3


def test_the_weight_of_the_recipe_is_applied(tiny_model, pair_batch):
    batch = batch_with(pair_batch, ALL, ALL)
    values = [
        losses_of(tiny_model(region_loss=QFORMER, loss_weights=weights), batch)['loss_region']
        for weights in (None, dict(region=1.0))
    ]
    torch.testing.assert_close(values[0], 0.5 * values[1])


def test_unknown_levels_and_modes_are_one_clear_line(tiny_model):
    for key in ('feature_level', 'mode'):
        with pytest.raises(ValueError, match=rf"region_loss\.{key}: expected one of .* 'seed'"):
            tiny_model(region_loss=dict(QFORMER, **{key: 'seed'}))
