"""Prompts by name and version."""

import hashlib

import pytest

from vl_runtime.errors import InputKeyError, InputValueError
from vlm_detector.datasets.prompt_library import BUILT_IN, PromptLibrary
from vlm_detector.tasks import TASKS


@pytest.mark.parametrize('name', sorted(BUILT_IN))
def test_every_built_in_prompt_can_be_rendered(name):
    template = PromptLibrary().get(name)
    shown = template.render(classes=['cat', 'dog'], phrase='a cat', format_hint='As JSON.')
    assert '{' not in shown
    assert ('cat, dog' in shown) == ('{classes}' in template.text)
    assert ('a cat' in shown) == ('{phrase}' in template.text)
    assert template.sha256 == hashlib.sha256(template.text.encode()).hexdigest()


def test_texts_of_released_versions_stay():
    shown = PromptLibrary().get('detect@1').render(classes=['cat', ' ', 'dog', ''])
    assert shown == (
        'Locate every instance of these categories: cat, dog. Report the boxes in JSON format.'
    )
    shown = PromptLibrary().get('ground@1').render(phrase='a cat')
    assert shown == 'Locate a cat. Report the boxes in JSON format.'


def test_a_version_is_chosen_for_all_tasks():
    names = {task: PromptLibrary(version='v3').for_task(task).name for task in TASKS}
    assert all(name.endswith('@3') for name in names.values())
    logos = PromptLibrary({'detection': 'logos'}, version='v2').for_task('detection')
    assert logos.name == 'logos@2'
    with pytest.raises(InputKeyError, match=r"prompt 'florence_classes@2': expected one of"):
        PromptLibrary(version='v2', family='florence2')
    with pytest.raises(InputValueError, match=r"a version such as 'v2', found 'newest'"):
        PromptLibrary(version='newest')


@pytest.mark.parametrize('name', sorted({name.split('@')[0] for name in BUILT_IN}))
def test_a_prompt_has_three_versions_unless_the_family_fixes_it(name):
    versions = {key for key in BUILT_IN if key.split('@')[0] == name}
    fixed = name.startswith('florence') or name.endswith('_format')
    assert len(versions) == (1 if fixed else 3)


def test_the_highest_version_is_taken_without_one():
    library = PromptLibrary(templates={'detect@2': 'Two {classes}', 'detect@10': 'Ten {classes}'})
    assert library.get('detect').name == 'detect@10'
    assert library.get('detect@1').text == BUILT_IN['detect@1']


def test_tasks_follow_the_family_and_the_recipe():
    assert PromptLibrary(family='florence2').for_task('detection').name == 'florence_classes@1'
    assert PromptLibrary(family='qwen3_vl').for_task('detection').name == 'detect@1'
    library = PromptLibrary({'detection': 'mine@1'}, {'mine@1': 'Where? {classes}'})
    assert library.for_task('detection').render(classes=['cat']) == 'Where? cat'
    record = library.record()
    assert set(record) == set(TASKS)
    assert record['detection']['text'] == 'Where? {classes}'
    assert record['detection']['sha256'] == library.for_task('detection').sha256


@pytest.mark.parametrize(
    ('arguments', 'error', 'message'),
    [
        (
            ({'detection': 'detct@1'},),
            InputKeyError,
            r"prompt 'detct@1': .* Did you mean 'detect@1'",
        ),
        (({'detect': 'detect@1'},), InputKeyError, r"prompts\.tasks: .*, found 'detect'"),
        (({}, {'mine': 'x'}), InputValueError, r"a version such as mine@1, found 'mine'"),
        (({}, {'detect@1': 'x'}), InputValueError, r"'detect@1' is a built-in text; give yours"),
        (
            ({}, {'mine@1': '{names}'}),
            InputValueError,
            r"prompt 'mine@1': .*, found \{names\}; wri",
        ),
        (({}, {'mine@1': 'a { b'}), InputValueError, r"prompt 'mine@1': .*; write \{\{ and \}\}"),
    ],
)
def test_what_cannot_be_used_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        PromptLibrary(*arguments)


def test_an_unknown_task_is_refused():
    with pytest.raises(InputKeyError, match=r"task: expected one of .*, found 'counting'"):
        PromptLibrary().for_task('counting')
