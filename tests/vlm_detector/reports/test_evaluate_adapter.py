"""Base, adapter and merged weights in one process, with the settings of the checkpoint."""

import copy

import pytest

from vl_runtime.errors import InputValueError
from vl_runtime.reports.evaluate import evaluate_recipe, measure_recipe
from vl_runtime.reports.evaluation import read_evaluation


@pytest.fixture(scope='module')
def compared(adapted_run, tmp_path_factory):
    return evaluate_recipe(
        *adapted_run,
        'tiny',
        out=tmp_path_factory.mktemp('out'),
        compare=['base', 'adapter', 'merged'],
        num_pictures=1,
    )


def answers(run):
    return [one.answer for one in run.results]


def test_the_merged_model_answers_as_the_adapter_and_not_as_the_base(compared):
    base, adapter, merged = compared.runs
    assert answers(adapter) == answers(merged) != answers(base)
    assert [one.name for one in compared.runs] == ['base', 'adapter', 'merged']
    assert [(one.after, one.before) for one in compared.differences] == [
        ('adapter', 'base'),
        ('merged', 'base'),
    ]
    first, second = compared.differences
    assert first.values == second.values
    assert first.values['mean IoU'].value == pytest.approx(
        compared.intervals['adapter']['mean IoU'].value
        - compared.intervals['base']['mean IoU'].value
    )


def test_the_report_says_how_it_was_trained_and_what_could_not_be_read(compared):
    text = (compared.folder / 'evaluation_report.md').read_text()
    for part in (
        '**adapter less base**, picture by picture:',
        '| not readable (counts as no box) |',
        'adapter rank',
        'adapter alpha',
        'Boxes: {classes}',
        'sha256 ',
        'label_coordinates',
        'geometric mean of the coordinates',
        'base model on disk, MiB',
        'worst_merged.jpg',
    ):
        assert part in text, part
    settings = {one.name: one for one in compared.settings}
    assert (settings['adapter rank'].value, settings['adapter rank'].source) == ('16', 'checkpoint')
    assert settings['training pictures'].value == '1'
    assert settings['weights of'].value == 'epoch 2, iteration None'
    assert set(compared.size_on_disk) == {'checkpoint', 'base model'}
    read = read_evaluation(compared.folder)
    assert answers(read.runs[2]) == answers(compared.runs[2])
    assert read.differences == compared.differences


@pytest.mark.slow
def test_another_alpha_or_prompt_than_in_training_is_said(adapted_run, tmp_path):
    recipe, checkpoint = copy.deepcopy(adapted_run[0]), adapted_run[1]
    recipe.model.lora.alpha = 5
    recipe.model.prompts.tasks.detection = 'mine@2'
    found = measure_recipe(recipe, checkpoint, 'x', num_samples=1, work_dir=tmp_path)
    settings = {one.name: one for one in found.settings}
    alpha = settings['adapter alpha']
    assert (alpha.value, alpha.source) == ('32', 'checkpoint')
    assert alpha.note == 'the recipe of the evaluation says 5: scores are of that'
    assert "the training asked 'Boxes: {classes}'" in settings['prompt of detection, mine@2'].note
    assert [run.name for run in found.runs] == ['model']


@pytest.mark.slow
def test_a_model_without_adapter_has_nothing_to_switch(adapted_run, tmp_path):
    import torch
    from mmengine.registry import MODELS, DefaultScope

    recipe = copy.deepcopy(adapted_run[0])
    recipe.model.lora = None
    with DefaultScope.overwrite_default_scope(recipe.default_scope):
        model = MODELS.build(recipe.model)
    assert model.base_folder is None  # its checkpoint holds everything
    torch.save({'state_dict': model.state_dict()}, tmp_path / 'whole.pth')
    with pytest.raises(
        InputValueError, match=r'--compare base: expected a model with an adapter \('
    ):
        measure_recipe(recipe, tmp_path / 'whole.pth', 'x', compare=['base'], work_dir=tmp_path)
