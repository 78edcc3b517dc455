"""Pictures, prompts and answers of every family as tokens."""

import pickle

import numpy as np
import pytest
import torch

from vl_runtime.errors import InputValueError
from vlm_detector.families import FAMILIES, cached_encoder
from vlm_detector.families.batching import labelled_positions

# A JSON example in the prompt must not be taken for the answer.
PROMPTS = ('Find cats like [{"bbox_2d":[1,2,3,4],"label":"cat"}].', 'Where?')
ANSWERS = {
    'florence2': ('cat<loc_12><loc_34><loc_56><loc_78>', ''),
    'qwen3_vl': ('[{"bbox_2d":[1,2,3,4],"label":"cat"}]', '[]'),
    'qwen2_5_vl': ('[{"bbox_2d":[1,2,3,4],"label":"cat"}]', '[]'),
}


@pytest.fixture(scope='module', params=sorted(FAMILIES))
def encoder(request, tiny_folder):
    return cached_encoder(request.param, str(tiny_folder(request.param)))


def picture(width, height, seed=0):
    return np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)


def items_of(encoder):
    items = []
    for index, size in enumerate(((100, 70), (64, 130))):
        image = encoder.encode_image(picture(*size))
        prompt = encoder.prompt_ids(PROMPTS[index], image)
        answer = encoder.answer_ids(ANSWERS[encoder.family.name][index])
        items.append({'image': image, 'prompt_ids': prompt, 'answer_ids': answer})
    return items


@pytest.mark.parametrize('side', ['left', 'right'])
def test_labels_are_the_answer_and_its_end_and_nothing_else(encoder, side):
    batch = encoder.batch(items_of(encoder), side)
    end = encoder.tokenizer.convert_ids_to_tokens(encoder.end_token_ids[0])
    for row, answer in enumerate(ANSWERS[encoder.family.name]):
        labels = batch['labels'][row]
        kept = labels[labels != -100]
        assert encoder.tokenizer.decode(kept) == answer + end
    # Prompt, picture and padding are -100.
    labels = batch['labels']
    assert (labels[labels != -100] != encoder.image_token_id).all()
    if 'decoder_input_ids' not in batch:
        assert (labels[batch['attention_mask'] == 0] == -100).all()
        assert (labels[batch['input_ids'] == encoder.image_token_id] == -100).all()
    else:
        assert (labels[batch['decoder_attention_mask'] == 0] == -100).all()


def test_left_and_right_padding_give_the_same_loss(encoder):
    model = encoder.family.load_model(encoder.source)
    items = items_of(encoder)
    losses = []
    for side in ('left', 'right'):
        batch = encoder.batch(items, side)
        with torch.no_grad():
            output = model(**batch)
        positions, targets = labelled_positions(batch)
        own = torch.nn.functional.cross_entropy(output.logits[positions], targets)
        torch.testing.assert_close(own, output.loss)
        losses.append(own)
    torch.testing.assert_close(*losses, rtol=1e-6, atol=1e-6)


def test_a_batch_equals_its_conversations_alone(encoder):
    model = encoder.family.load_model(encoder.source)
    items = items_of(encoder)

    def logits(chosen):
        batch = encoder.batch(chosen)
        with torch.no_grad():
            return model(**batch).logits[labelled_positions(batch)[0]]

    alone = torch.cat([logits([item]) for item in items])
    torch.testing.assert_close(logits(items), alone, rtol=1e-4, atol=1e-5)


def test_prompts_and_pictures_are_those_of_the_genuine_processor(encoder):
    array = picture(100, 70)
    image = encoder.encode_image(array)
    if encoder.family.encoder_decoder:
        text = '<OD>'
        made = encoder.processor(text=[text], images=[array], return_tensors='pt')
        ids = encoder.prompt_ids('<OD>', image)
    else:
        content = [{'type': 'image'}, {'type': 'text', 'text': 'Where?'}]
        text = encoder.processor.apply_chat_template(
            [{'role': 'user', 'content': content}], add_generation_prompt=True
        )
        made = encoder.processor(text=[text], images=[array], return_tensors='pt')
        ids = encoder.prompt_ids('Where?', image)
        own = encoder.batch([{'image': image, 'prompt_ids': ids}])
        assert torch.equal(own['mm_token_type_ids'], torch.as_tensor(made['mm_token_type_ids']))
        assert torch.equal(own['image_grid_thw'], made['image_grid_thw'])
    assert ids == made['input_ids'][0].tolist()
    batch = encoder.batch([{'image': image, 'prompt_ids': ids}])
    assert torch.equal(batch['pixel_values'], made['pixel_values'])
    assert torch.equal(batch['attention_mask'], made['attention_mask'])


def test_the_size_is_known_without_the_picture(encoder):
    for size in ((100, 70), (64, 130), (500, 300)):
        image = encoder.encode_image(picture(*size))
        assert image.image_size_wh == size
        assert encoder.model_size_wh(size) == image.model_size_wh


def test_an_encoder_travels_as_the_place_it_came_from(encoder):
    sent = pickle.dumps(encoder)
    assert len(sent) < 2000
    copy = pickle.loads(sent)
    assert copy.answer_ids('cat') == encoder.answer_ids('cat')
    assert copy.pixel_settings() == encoder.pixel_settings()


def test_answers_come_back_from_their_tokens(encoder):
    for answer in ANSWERS[encoder.family.name]:
        ids = encoder.answer_ids(answer)
        assert ids[-1] in encoder.end_token_ids
        assert encoder.decode([*ids, encoder.pad_token_id]) == answer
        offsets = encoder.answer_offsets(answer)
        assert len(offsets) == len(ids)
        assert ''.join(answer[start:end] for start, end in offsets) == answer


def test_what_is_no_picture_is_refused(encoder):
    with pytest.raises(InputValueError, match=r'array \(H, W, 3\) of uint8, found \(4, 4\) of'):
        encoder.encode_image(np.zeros((4, 4), np.uint8))


def test_a_special_token_in_a_prompt_is_refused(encoder):
    token = encoder.family.required_tokens[1]
    with pytest.raises(InputValueError, match=r'holds .*, a special token of'):
        encoder.prompt_ids(f'find {token}', None)


def test_pixel_limits_are_areas(tiny_folder):
    source = str(tiny_folder('qwen3_vl'))
    encoder = cached_encoder('qwen3_vl', source, 64 * 64, 96 * 64)
    assert encoder.model_size_wh((640, 480)) == (64, 64)
    assert encoder.encode_image(picture(640, 480)).model_size_wh == (64, 64)
    assert encoder.pixel_settings()['max_pixels'] == 96 * 64
    assert pickle.loads(pickle.dumps(encoder)).pixel_settings() == encoder.pixel_settings()


def test_limits_that_exclude_each_other_are_refused(tiny_folder):
    with pytest.raises(InputValueError, match=r'0 < min_pixels <= max_pixels .*, found 4096 and 9'):
        cached_encoder('qwen3_vl', str(tiny_folder('qwen3_vl')), 4096, 9)


def test_florence_has_no_pixel_limits(tiny_folder):
    with pytest.raises(InputValueError, match=r'sees every picture at one size, found 9 and None'):
        cached_encoder('florence2', str(tiny_folder('florence2')), 9)


def test_too_elongated_pictures_are_refused(tiny_folder):
    encoder = cached_encoder('qwen3_vl', str(tiny_folder('qwen3_vl')))
    with pytest.raises(InputValueError, match=r'at most 200 times the shorter, found 401; cut it'):
        encoder.encode_image(picture(401, 1))
    with pytest.raises(InputValueError, match=r'picture of 401 x 1 pixels'):
        encoder.model_size_wh((401, 1))


def test_a_task_token_with_more_text_is_refused(tiny_folder):
    encoder = cached_encoder('florence2', str(tiny_folder('florence2')))
    with pytest.raises(InputValueError, match=r'expected <OD> alone, found more text'):
        encoder.prompt_ids('<OD> cats', None)
    with_input = encoder.prompt_ids('<CAPTION_TO_PHRASE_GROUNDING>a cat', None)
    assert with_input == encoder.prompt_ids('Locate the phrases in the caption: a cat', None)
