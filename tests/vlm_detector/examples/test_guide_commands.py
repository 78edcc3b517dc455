import pytest

from vl_runtime.errors import InputValueError
from vlm_detector.examples import guide_commands

GUIDE = """# Guide
python tools/outside.py is a sentence

```
# not run by `make examples`: 3 GB
python tools/download.py name
python tools/train.py recipe.py \\
    --debug
a line that was printed
./tools/dist_train.sh recipe.py 8
```

```json
python tools/inside_json.py
```
"""


@pytest.fixture
def guide(tmp_path):
    def write(text):
        path = tmp_path / 'guide.md'
        path.write_text(text)
        return path

    return write


def test_commands_of_plain_blocks_are_read_with_their_lines_and_reasons(guide):
    found = [(c.line, c.text, c.reason_not_run) for c in guide_commands(guide(GUIDE))]
    assert found == [
        (6, 'python tools/download.py name', '3 GB'),
        (7, 'python tools/train.py recipe.py --debug', ''),
        (10, './tools/dist_train.sh recipe.py 8', ''),
    ]


@pytest.mark.parametrize('text', ['python tools/a.py \\', '# not run by `make examples`: 3 GB'])
def test_what_has_no_command_is_refused(guide, text):
    with pytest.raises(InputValueError, match=r'guide.md:3: expected a command before this line'):
        guide_commands(guide(f'```\n{text}\n```\n'))


def test_a_block_without_an_end_is_refused(guide):
    with pytest.raises(InputValueError, match='expected the last code block to end with'):
        guide_commands(guide('```\npython tools/a.py\n'))
