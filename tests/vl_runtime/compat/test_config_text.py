import ast
import time

import pytest
from mmengine.config import Config

from vl_runtime.compat import config_text
from vl_runtime.launch import load_config


def test_a_recipe_says_the_same_in_another_layout(repository, tmp_path):
    config = load_config(repository / 'configs/finetune/florence2_base_lora_textile.py')
    plain = Config(config.to_dict(), format_python_code=False).pretty_text
    text, changed = config_text.format_code(plain, style_config={})
    assert changed and ast.dump(ast.parse(text)) == ast.dump(ast.parse(plain))
    assert config_text.format_code(text) == (text, False)
    (tmp_path / 'again.py').write_text(text)
    assert Config.fromfile(tmp_path / 'again.py').to_dict() == config.to_dict()


def test_only_what_is_too_long_is_broken():
    text, _ = config_text.format_code(f'a=dict(\n    b=1,\n c=(2,))\nd=[dict(e={"x" * 99!r}),3]')
    assert text == (
        f'a = dict(b=1, c=(2,))\nd = [\n    dict(\n        e={"x" * 99!r},\n    ),\n    3,\n]\n'
    )


def test_paths_longer_than_a_line_cost_no_time(repository):
    folder = '/' + '/'.join(['a_folder_with_a_long_name'] * 4)
    options = {'model_root': folder + '/model', 'data_root': folder + '/data'}
    config = load_config(repository / 'configs/finetune/florence2_base_lora_textile.py', options)
    start = time.process_time()
    assert folder in config.pretty_text
    assert time.process_time() - start < 1  # yapf: 5 s


def test_what_is_no_python_is_refused():
    with pytest.raises(SyntaxError):
        config_text.format_code('a = (')
