"""LoRA on named parts."""

import pytest
import torch

from vl_runtime.errors import InputKeyError, InputValueError
from vlm_detector.families import FAMILIES
from vlm_detector.models.adapters import adapted_modules, add_lora, count_parameters

# Counted by hand in tests/vlm_detector/families/test_known_families.py.
QWEN3 = {'language': 14, 'projector': 6, 'vision': 8}


@pytest.fixture
def base(tiny_folder):
    def load(family='qwen3_vl', **options):
        return FAMILIES[family].load_model(str(tiny_folder(family)), **options)

    return load


@pytest.mark.parametrize(
    'parts', [['language'], ['vision'], ['projector'], ['language', 'vision'], list(QWEN3)]
)
def test_parts_in_any_combination(base, parts):
    family = FAMILIES['qwen3_vl']
    model = add_lora(base(), family, parts=parts, rank=2)
    names = adapted_modules(model)
    assert len(names) == sum(QWEN3[part] for part in parts)
    assert {family.part_of(name) for name in names} == set(parts)
    counts = count_parameters(model, family)
    assert {part for part, (trained, _) in counts.items() if trained} == set(parts)
    trained = [name for name, weight in model.named_parameters() if weight.requires_grad]
    assert all('lora_' in name for name in trained)


def test_a_regex_chooses_layers(base):
    model = add_lora(base(), FAMILIES['qwen3_vl'], regex=r'.*layers\.0\.self_attn\.q_proj', rank=2)
    assert adapted_modules(model) == ['model.language_model.layers.0.self_attn.q_proj']


def test_last_names_choose_layers_of_every_part(base):
    names = ['q_proj', 'k_proj', 'v_proj', 'lm_head', 'fc2', 'fc1']
    model = add_lora(base('florence2'), FAMILIES['florence2'], targets=names, rank=2)
    found = adapted_modules(model)
    assert {name.rpartition('.')[2] for name in found} == set(names)
    parts = {FAMILIES['florence2'].part_of(name) for name in found if name.endswith('fc1')}
    assert parts == {'language', 'vision'}
    assert 'lm_head' in found and not any('window_attn' in name for name in found)


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ({'targets': ['q_proj', 'fc3']}, r"lora\.targets='fc3': expected the last name of layers"),
        ({'targets': 'q_proj'}, r'lora\.targets: expected a list of names'),
        ({'targets': ['q_proj'], 'regex': 'x'}, r"no lora\.regex beside it, .* regex='x'"),
    ],
)
def test_names_that_choose_nothing_are_refused(base, arguments, message):
    with pytest.raises(InputValueError, match=message):
        add_lora(base(), FAMILIES['qwen3_vl'], rank=2, **arguments)


def test_the_model_is_unchanged_until_it_trains(base):
    ids = {'input_ids': torch.tensor([[1, 2, 3]])}
    with torch.no_grad():
        before = base()(**ids).logits
        after = add_lora(base(), FAMILIES['qwen3_vl'], rank=2).eval()(**ids).logits
    assert torch.equal(before, after)


@pytest.mark.parametrize('variant', [{'rslora': True}, {'dora': True}, {'dropout': 0.1}])
def test_variants_train(base, variant):
    model = add_lora(base(), FAMILIES['qwen3_vl'], parts=['language'], rank=2, **variant)
    config = model.peft_config['default']
    assert (config.use_rslora, config.use_dora, config.lora_dropout) == (
        variant.get('rslora', False),
        variant.get('dora', False),
        variant.get('dropout', 0.0),
    )
    model(input_ids=torch.tensor([[1, 2, 3]])).logits.sum().backward()
    assert all(
        weight.grad is not None for name, weight in model.named_parameters() if 'lora_B' in name
    )


def test_alpha_is_twice_the_rank_unless_it_is_given(base):
    family = FAMILIES['qwen3_vl']
    assert add_lora(base(), family, rank=3).peft_config['default'].lora_alpha == 6
    assert add_lora(base(), family, rank=3, alpha=5).peft_config['default'].lora_alpha == 5


def test_adapters_are_float32_on_a_half_precision_base(base):
    model = add_lora(base(dtype='bfloat16'), FAMILIES['qwen3_vl'], rank=2)
    kinds = {weight.dtype for weight in model.parameters() if weight.requires_grad}
    assert kinds == {torch.float32}
    assert model.dtype == torch.bfloat16


@pytest.mark.parametrize('family', sorted(FAMILIES))
def test_the_projector_can_train_as_a_whole(base, family):
    model = add_lora(base(family), FAMILIES[family], parts=['language'], whole_parts=['projector'])
    trained, total = count_parameters(model, FAMILIES[family])['projector']
    assert trained * 2 == total  # peft keeps the original beside the trained copy


@pytest.mark.parametrize(
    ('arguments', 'error', 'message'),
    [
        ({'rank': 0}, InputValueError, r'lora\.rank: expected 1 or more, found 0'),
        ({'dropout': 1.0}, InputValueError, r'lora\.dropout: expected 0 <= dropout < 1, found 1'),
        ({'parts': []}, InputValueError, r'lora\.parts: expected some of .*, found neither'),
        ({'parts': ['head']}, InputKeyError, r"lora\.parts: expected some of .*, found 'head'"),
        (
            {'regex': '.*linear'},
            InputValueError,
            r"lora\.regex='\.\*linear': expected to match .*, found none; full names look like 'mo",
        ),
        ({'regex': '('}, InputValueError, r"lora\.regex='\(': not a regular expression: "),
        (
            {'whole_parts': ['vision'], 'parts': ['language']},
            InputValueError,
            r"trainable: beside LoRA expected \['projector'\] or nothing, .* found \['vision'\]",
        ),
        (
            {'whole_parts': ['projector']},
            InputValueError,
            r'and no part of lora\.parts, found \[.p',
        ),
    ],
)
def test_what_cannot_be_adapted_is_refused(base, arguments, error, message):
    with pytest.raises(error, match=message):
        add_lora(base(), FAMILIES['qwen3_vl'], **arguments)


def test_depthwise_convolutions_are_refused_in_one_line(base):
    with pytest.raises(InputValueError, match=r'lora: peft refuses a layer: ') as info:
        add_lora(base('florence2'), FAMILIES['florence2'], regex=r'.*conv1', rank=3)
    assert '\n' not in str(info.value)
