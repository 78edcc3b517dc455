"""The guides and the tools agree, without running a command."""

import dataclasses
import re
import shlex
import sys

import pytest

from tests.tool_process import run
from vl_runtime.errors import InputValueError
from vlm_detector.examples import EXAMPLES

EACH = pytest.mark.parametrize('example', EXAMPLES, ids=lambda example: example.name)


@EACH
def test_every_command_of_the_guide_is_run_or_says_why_not(example, repository):
    steps, not_run = example.steps(repository)
    known = {step.command.text for step in steps} | {command.text for command in not_run}
    text = (repository / example.guide).read_text().replace('\\\n    ', '')
    shown = re.findall(r'^[\w./ ]*tools/\w.*\.(?:py|sh)\b.*$', text, re.MULTILINE)
    assert len(shown) > 5 and set(shown) <= known
    assert all(command.reason_not_run for command in not_run)
    assert {'check_data', 'train', 'evaluate', 'predict'} <= {
        name for step in steps for name in re.findall(r'^python tools/(\w+)\.py', step.text)
    }
    left = [step.whole for step in steps if re.search(r'FOLDER|PICTURES|YOUR_', step.whole)]
    assert not left


def test_every_option_is_known_to_its_tool(repository):
    helps, wrong = {}, []
    for example in EXAMPLES:
        steps, not_run = example.steps(repository)
        for text in [step.whole for step in steps] + [command.text for command in not_run]:
            _, tool, *words = shlex.split(text)
            if tool == '-m':
                continue
            asked = (tool, *([words[0]] if tool.endswith('florence_jsonl.py') else []))
            if asked not in helps:
                command = [sys.executable, repository / tool, *asked[1:], '--help']
                helps[asked] = set(re.findall(r'--[\w-]+', run(command).stdout))
            unknown = {word for word in words if word.startswith('--')} - helps[asked]
            recipes = [word for word in words if re.fullmatch(r'configs/\S+\.py', word)]
            missing = [word for word in recipes if not (repository / word).is_file()]
            if unknown or missing:
                wrong.append(f'{example.guide}: {text}: {sorted(unknown) + missing}')
    assert len(helps) > 10 and not wrong, '\n'.join(wrong)


def test_a_placeholder_that_the_guide_lost_is_named(repository):
    example = dataclasses.replace(EXAMPLES[0], replaced={'NOWHERE': 'x'})
    with pytest.raises(InputValueError, match=r"logos.md: expected a command with 'NOWHERE'"):
        example.steps(repository)
