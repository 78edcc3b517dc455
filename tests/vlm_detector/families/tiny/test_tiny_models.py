"""The tiny models: re-loaded by the Auto classes, of the stated size, equal for an equal seed."""

import pytest
import torch
from transformers import AutoModelForImageTextToText, AutoProcessor

from vl_runtime.errors import InputKeyError
from vlm_detector.families.tiny import TINY_FAMILIES, save_tiny_model

# Parameters without the token table, and its width; the demo has 144 places instead of 64.
KNOWN = {
    ('qwen3_vl', 'test'): (363_696 - 402 * 64, 64, 'Qwen3VLForConditionalGeneration'),
    ('qwen3_vl', 'demo'): (1_280_672 + 80 * 96 - 402 * 128, 128, 'Qwen3VLForConditionalGeneration'),
    ('qwen2_5_vl', 'test'): (253_072 - 402 * 64, 64, 'Qwen2_5_VLForConditionalGeneration'),
    ('florence2', 'test'): (459_824 - 1433 * 64, 64, 'Florence2ForConditionalGeneration'),
}


def opened(folder):
    processor = AutoProcessor.from_pretrained(folder, local_files_only=True)
    return AutoModelForImageTextToText.from_pretrained(folder, local_files_only=True), processor


def inputs_of(family, processor, image):
    if family == 'florence2':
        return processor(images=[image], text=['<OD>'], return_tensors='pt')
    content = [dict(type='image'), dict(type='text', text='Locate cat.')]
    text = processor.apply_chat_template(
        [dict(role='user', content=content)], add_generation_prompt=True
    )
    return processor(images=[image], text=[text], return_tensors='pt')


@pytest.mark.parametrize('family, size', KNOWN)
def test_the_auto_classes_open_a_model_of_the_known_size(family, size, tiny_folder):
    rest, width, class_name = KNOWN[family, size]

    model, processor = opened(tiny_folder(family, size))

    assert type(model).__name__ == class_name
    assert model.num_parameters() == rest + len(processor.tokenizer) * width
    assert model.lm_head.weight.data_ptr() == model.get_input_embeddings().weight.data_ptr()


@pytest.mark.parametrize('family', TINY_FAMILIES)
@pytest.mark.parametrize('size', ['test', 'demo'])
def test_a_picture_and_a_prompt_train_every_parameter_and_are_answered(family, size, tiny_folder):
    model, processor = opened(tiny_folder(family, size))
    image = torch.randint(0, 255, (3, 64, 96), dtype=torch.uint8)
    inputs = inputs_of(family, processor, image)
    labels = inputs['input_ids'] if family != 'florence2' else torch.tensor([[5, 6, 2]])

    model(**inputs, labels=labels).loss.backward()
    answer = model.eval().generate(**inputs, max_new_tokens=4)

    assert [name for name, p in model.named_parameters() if p.grad is None] == []
    assert answer.shape[0] == 1


@pytest.mark.parametrize(
    'family, start',
    [
        ('qwen3_vl', ''),
        ('qwen2_5_vl', '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n'),
    ],
)
def test_the_chat_template_is_chatml_with_one_placeholder_a_picture(family, start, tiny_folder):
    processor = AutoProcessor.from_pretrained(tiny_folder(family))
    messages = [
        dict(role='user', content=[dict(type='image'), dict(type='text', text='Where?')]),
        dict(role='assistant', content=[dict(type='text', text='[]')]),
    ]

    text = processor.apply_chat_template(messages)

    assert text == (
        f'{start}<|im_start|>user\n<|vision_start|><|image_pad|><|vision_end|>Where?<|im_end|>\n'
        '<|im_start|>assistant\n[]<|im_end|>\n'
    )


@pytest.mark.parametrize('family', TINY_FAMILIES)
def test_equal_seeds_give_equal_weights_and_leave_the_global_generator_alone(family, tmp_path):
    before = torch.get_rng_state()
    folders = [
        save_tiny_model(family, tmp_path / str(index), seed=seed)
        for index, seed in enumerate((1, 1, 2))
    ]

    weights = [(folder / 'model.safetensors').read_bytes() for folder in folders]

    assert weights[0] == weights[1] != weights[2]
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize(
    'family, size, message',
    [
        (
            'llava',
            'test',
            'tiny model: expected family to be one of qwen3_vl, qwen2_5_vl, florence2, '
            "found 'llava'.",
        ),
        ('qwen3_vl', 'big', "tiny model: expected size to be one of test, demo, found 'big'."),
    ],
)
def test_an_unknown_family_or_size_is_one_line(family, size, message, tmp_path):
    with pytest.raises(InputKeyError) as error:
        save_tiny_model(family, tmp_path, size=size)
    assert str(error.value) == message
