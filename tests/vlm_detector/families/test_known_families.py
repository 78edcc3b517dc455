"""Families by name, their parts and the layers that LoRA adapts."""

import re

import pytest

from vl_runtime.errors import InputKeyError
from vlm_detector.families import FAMILIES, PARTS, family_of

# Layers of the tiny models, counted by hand from their sizes: 2 language layers with 4 + 3
# linears each; 2 vision blocks with 2 + 2 (Qwen2.5: 2 + 3); 1 merger and 2 deepstack mergers
# with 2 each. Florence-2: encoder layer 4 + 2, decoder layer 8 + 2, four stages of 2 x (2 + 2).
LAYERS = {
    'qwen3_vl': {'language': 14, 'projector': 6, 'vision': 8},
    'qwen2_5_vl': {'language': 14, 'projector': 2, 'vision': 10},
    'florence2': {'language': 16, 'projector': 1, 'vision': 32},
}


@pytest.fixture(scope='module', params=sorted(FAMILIES))
def loaded(request, tiny_folder):
    family = FAMILIES[request.param]
    return family, family.load_model(str(tiny_folder(request.param)))


def matched(model, pattern):
    return [name for name, _ in model.named_modules() if re.fullmatch(pattern, name)]


@pytest.mark.parametrize('part', PARTS)
def test_lora_targets_are_exactly_the_linear_layers_of_a_part(loaded, part):
    family, model = loaded
    names = matched(model, family.lora_targets([part]))
    assert len(names) == LAYERS[family.name][part]
    assert {family.part_of(name) for name in names} == {part}
    assert all(type(model.get_submodule(name)).__name__ == 'Linear' for name in names)


def test_parts_are_combined_and_a_regex_stays(loaded):
    family, model = loaded
    counts = LAYERS[family.name]
    both = matched(model, family.lora_targets(['language', 'vision']))
    assert len(both) == counts['language'] + counts['vision']
    assert family.lora_targets('.*q_proj') == '.*q_proj'


def test_every_parameter_belongs_to_one_part(loaded):
    family, model = loaded
    named = family.parts(model)
    assert sum(len(names) for names in named.values()) == len(list(model.parameters()))
    assert all(named[part] for part in PARTS)


def test_loaded_model_is_in_evaluation_mode_and_complete(loaded):
    family, model = loaded
    assert not model.training
    assert model.config.model_type == family.model_type


def test_an_unknown_family_is_named_with_the_closest():
    with pytest.raises(InputKeyError, match=r"model\.family: .* 'qwen3vl'\. Did you mean 'qwen3_v"):
        family_of('qwen3vl')


def test_an_unknown_part_is_refused():
    with pytest.raises(InputKeyError, match=r"lora\.parts: .*, found 'visoin'\. Did you mean 'vis"):
        FAMILIES['qwen3_vl'].lora_targets(['visoin'])


def test_a_name_of_no_part_is_refused():
    with pytest.raises(InputKeyError, match=r"florence2: 'neck\.conv' belongs to none of language"):
        FAMILIES['florence2'].part_of('neck.conv')
