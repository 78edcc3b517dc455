"""The text of a config is Python that gives the config again."""

import math

from mmengine.config import Config

from vl_runtime import compat
from vl_runtime.compat.config_text import config_text
from vl_runtime.reports.recipe_text import read_recipe_text

VALUES = {
    'name': "it's",
    'scale': (640, 640),
    'one': ('x',),
    'nothing': [(), {}, [], None],
    'limit': math.inf,
    'lowest': -math.inf,
    'kwargs': {'class': 1, 'a b': 2.5, 3: True},
    'pipeline': [
        {'type': 'LoadImageFromFile', 'backend_args': None, 'number': i} for i in range(9)
    ],
}


def test_by_hand():
    text = config_text({'b': (1,), 'a': {'type': 'A', 'items': list(range(30)), '4': {}}})
    numbers = ''.join(f'        {i},\n' for i in range(30))
    long = f"a = {{\n    '4': dict(),\n    'items': [\n{numbers}    ],\n    'type': 'A',\n}}\n"
    assert text == f'{long}b = (1,)\n'


def test_it_is_what_mmengine_prints_and_both_readers_give_the_values_again():
    compat.install()
    text = Config(VALUES).pretty_text
    assert text == config_text(VALUES)
    assert max(map(len, text.splitlines())) <= 99
    assert Config.fromstring(text, '.py').to_dict() == VALUES
    assert read_recipe_text(text) == VALUES


def test_a_published_recipe_comes_back_from_its_dump(repository, tmp_path):
    compat.install()
    config = Config.fromfile(next((repository / 'configs/pretrain').glob('*_l_vlpan_*minival.py')))
    config.dump(tmp_path / 'dumped.py')
    assert Config.fromfile(tmp_path / 'dumped.py').to_dict() == config.to_dict()
