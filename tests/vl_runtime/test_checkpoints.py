import pytest
import torch
from torch import nn

from vl_runtime.checkpoints import (
    compare,
    complete_state,
    load_checkpoint_file,
    load_weights,
    needs_checkpoint,
    rename_keys,
    require_parts,
    require_training_state,
    require_weights,
)
from vl_runtime.errors import InputValueError


def _model():
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    return model


def test_a_complete_match_is_copied():
    other = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    model = _model()
    report = load_weights(model, {'state_dict': other.state_dict()})
    assert report.complete
    assert report.summary() == f'{len(other.state_dict())} keys matched'
    torch.testing.assert_close(model[0].weight, other[0].weight)


def test_the_prefix_of_a_distributed_model_is_stripped():
    model = _model()
    weights = {f'module.{key}': value + 1 for key, value in _model().state_dict().items()}
    assert load_weights(model, weights).complete
    assert model[0].weight.sum() == 4


def test_the_report_counts_every_kind_of_disagreement(tmp_path):
    path = tmp_path / 'partly.pth'
    weights = {'0.weight': torch.ones(2, 2), '0.bias': torch.ones(5), 'head.weight': torch.ones(1)}
    torch.save({'state_dict': weights}, path)
    model = _model()

    report = load_weights(model, path)

    assert report.matched == ('0.weight',)
    assert report.mismatched == ('0.bias: model (2,), checkpoint (5,)',)
    assert report.unexpected == ('head.weight',)
    assert report.missing == ('1.weight', '1.bias', '1.running_mean', '1.running_var')
    assert report.summary() == (
        '1 keys matched, 4 of the model not in the checkpoint (first: 1.weight), '
        '1 of the checkpoint not in the model (first: head.weight), '
        '1 with another shape (first: 0.bias: model (2,), checkpoint (5,))'
    )
    assert model[0].weight.sum() == 4
    assert model[0].bias.sum() == 0


def test_a_checkpoint_of_another_model_is_refused_and_changes_nothing(tmp_path):
    path = tmp_path / 'other.pth'
    torch.save({'backbone.a': torch.ones(1), 'backbone.b': torch.ones(1)}, path)
    expected = (
        r'other\.pth: a checkpoint of another model: none of its 2 keys '
        r'\(backbone\.a, backbone\.b\) fits one of the 7 keys of Sequential '
        r'\(0\.weight, 0\.bias, 1\.weight, \.\.\.\)\.'
    )
    with pytest.raises(InputValueError, match=expected):
        load_weights(_model(), path)


def test_shapes_that_differ_everywhere_are_told():
    with pytest.raises(InputValueError, match=r'shapes differ: 0\.weight: model \(2, 2\)'):
        load_weights(_model(), {'0.weight': torch.ones(3, 3)})


def test_continuing_wants_everything():
    with pytest.raises(InputValueError, match='cannot continue Sequential from this checkpoint'):
        load_weights(_model(), {'0.weight': torch.ones(2, 2)}, require_all=True)


def test_evaluation_refuses_weights_of_another_shape_and_changes_nothing():
    model = _model()
    weights = dict(_model().state_dict(), **{'0.weight': torch.ones(3, 2), '0.bias': torch.ones(2)})
    expected = (
        r'the checkpoint: weights of another configuration .* 1 with another shape \(first: 0.w'
    )
    with pytest.raises(InputValueError, match=expected):
        load_weights(model, weights, same_shapes=True)
    assert model[0].bias.sum() == 0


def test_a_bare_state_dict_is_wrapped(tmp_path):
    torch.save({'a': torch.ones(1)}, tmp_path / 'bare.pth')
    assert list(load_checkpoint_file(tmp_path / 'bare.pth')) == ['state_dict']


@pytest.mark.parametrize('content', [[1, 2], {'epoch': 3}, {}])
def test_a_file_without_weights_is_told(tmp_path, content):
    torch.save(content, tmp_path / 'numbers.pth')
    with pytest.raises(InputValueError, match=r'numbers\.pth: expected weights .*, found'):
        load_checkpoint_file(tmp_path / 'numbers.pth')


def test_weights_alone_do_not_continue_a_run():
    with pytest.raises(InputValueError, match=r'weights only \(no meta, message_hub, optimizer\)'):
        require_training_state({'state_dict': {}}, 'w.pth')


def test_renaming_keeps_module_versions():
    renamed = rename_keys(_model().state_dict(), [(r'^0\.', 'first.')])
    assert 'first.weight' in renamed
    assert renamed._metadata['1'] == {'version': 2}


def test_a_completed_state_matches_the_model():
    model = _model()
    state = complete_state(model, {'0.weight': torch.ones(2, 2), '0.bias': torch.ones(9)})
    assert compare(model, state).complete
    assert state['0.weight'].sum() == 4
    assert state['0.bias'].shape == (2,)


def test_a_detector_without_the_weights_of_its_head_is_not_used():
    names = ['backbone.weight', 'neck.weight', 'bbox_head.weight']
    model = nn.ModuleDict({name.partition('.')[0]: nn.Linear(2, 2, bias=False) for name in names})
    weights = model.state_dict()
    require_parts(compare(model, weights), 'best.pth')
    del weights['bbox_head.weight']

    with pytest.raises(InputValueError, match=r'expected weights of bbox_head \(1 entries'):
        require_parts(compare(model, weights), 'best.pth')


def test_random_weights_are_refused_unless_the_model_brings_trained_ones():
    assert needs_checkpoint(_model()) and not needs_checkpoint(nn.Identity())
    require_weights(_model(), 'best.pth', 'recipe.py')
    with pytest.raises(
        InputValueError, match=r'^recipe.py: Sequential needs a checkpoint; .*recipe\.$'
    ):
        require_weights(_model(), None, 'recipe.py')
    model = _model()
    model.comes_trained = False  # an adapter on a pretrained model
    with pytest.raises(InputValueError, match=r'without an adapter: model\.lora=None'):
        require_weights(model, None, 'recipe.py')
    model.comes_trained = True
    require_weights(model, None, 'recipe.py')
