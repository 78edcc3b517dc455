"""The lines about a text-box detector in a report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vl_runtime.errors import UserInputError
from vlm_detector.datasets.prompt_library import PromptLibrary

if TYPE_CHECKING:
    from vlm_detector.models.detectors.text_box_detector import TextBoxDetector

Line = tuple[str, str, str, str]  # name, value, where it was read, note
_DIGEST = 12  # characters of a hash; enough to compare by eye
_SCORE_NAMES = {
    'label_coordinates': 'probability of the label times geometric mean of the coordinates',
    'label': 'probability of the label',
    'coordinates': 'geometric mean of the coordinates',
    'product': 'product of the probabilities of label and coordinates',
    'mean_logprob': 'geometric mean of all tokens',
    'min_coordinate': 'the least sure coordinate',
    'order': '1 / place in the answer',
    'constant': 'constant: all boxes are equal, AP depends on their order',
}


def prompt_lines(
    model: TextBoxDetector, trained: Mapping[str, Any], tasks: Sequence[str]
) -> Iterator[Line]:
    """Text and digest of the prompt of each of ``tasks``; a note where the training differed."""
    taught = _taught_prompts(model, trained)
    prompts = model.prompts.record()
    for task in tasks:
        if task not in prompts:
            continue
        prompt = prompts[task]
        note = f'sha256 {prompt["sha256"][:_DIGEST]}'
        before = taught.get(task)
        if before is not None and before['sha256'] != prompt['sha256']:
            note += f'; the training asked {before["text"]!r} ({before["sha256"][:_DIGEST]})'
        yield f'prompt of {task}, {prompt["name"]}', prompt['text'], 'model', note


def adapter_lines(model: Any, trained: Mapping[str, Any]) -> Iterator[Line]:
    """Rank, alpha and the like; a note where the training had another value."""
    if not getattr(model, 'has_adapter', False):
        return
    config = model.vlm.peft_config['default']
    taught = (trained.get('model') or {}).get('lora') or {}
    loaded = {'rank': config.r, 'alpha': config.lora_alpha, 'dropout': config.lora_dropout}
    for name, value in loaded.items():
        if name in taught and taught[name] is not None and taught[name] != value:
            note = f'the recipe of the evaluation says {value:g}: scores are of that'
            yield f'adapter {name}', f'{taught[name]:g}', 'checkpoint', note
        else:
            source = 'checkpoint' if name in taught else 'model'
            yield f'adapter {name}', f'{value:g}', source, ''
    if taught.get('parts'):
        yield 'adapter in', ', '.join(taught['parts']), 'checkpoint', ''
    if taught.get('regex'):
        yield 'adapter in', str(taught['regex']), 'checkpoint', ''


def decoding_lines(model: TextBoxDetector) -> Iterator[Line]:
    """How boxes are written, read and scored."""
    yield 'boxes as text', model.codec.name, 'model', ''
    how = _SCORE_NAMES.get(model.score, '')
    yield 'score of a box', model.score, 'recipe', how
    if model.engine is not None:
        engine = model.engine
        limit = getattr(engine, 'max_new_tokens', None)
        note = '' if limit is None else f'at most {limit} tokens'
        yield 'answers by', type(engine).__name__, 'recipe', note
    pixels = ', '.join(f'{key} {value}' for key, value in model.encoder.pixel_settings().items())
    yield 'picture size', pixels, 'model', ''


def _taught_prompts(model: TextBoxDetector, trained: Mapping[str, Any]) -> dict[str, dict]:
    recipe = trained.get('model') or {}
    if not recipe:
        return {}
    try:
        library = PromptLibrary(**(recipe.get('prompts') or {}), family=model.family.name)
    except (UserInputError, TypeError):  # a recipe of another version of the library
        return {}
    return library.record()
