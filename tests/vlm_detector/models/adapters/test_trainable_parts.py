"""Full training by part."""

import pytest

from vl_runtime.errors import InputKeyError
from vlm_detector.families import FAMILIES
from vlm_detector.models.adapters import count_parameters, describe_parameters, train_only


@pytest.mark.parametrize('family_name', sorted(FAMILIES))
def test_only_the_named_parts_train(family_name, tiny_folder):
    family = FAMILIES[family_name]
    model = family.load_model(str(tiny_folder(family_name)))
    train_only(model, family, ['vision'])
    counts = count_parameters(model, family)
    assert counts['vision'][0] == counts['vision'][1] > 0
    assert counts['language'][0] == counts['projector'][0] == 0
    assert sum(total for _, total in counts.values()) == model.num_parameters()
    trained, total = counts['vision'][0], model.num_parameters()
    assert describe_parameters(model, family).startswith(f'{trained:,} of {total:,} parameters tra')


def test_an_unknown_part_is_refused(tiny_folder):
    family = FAMILIES['qwen3_vl']
    model = family.load_model(str(tiny_folder('qwen3_vl')))
    with pytest.raises(InputKeyError, match=r"trainable: expected some of .*, found 'neck'"):
        train_only(model, family, ['neck'])
