import pytest
from mmengine.config import Config
from mmengine.registry import MODELS, Registry
from torch import nn

from vl_runtime.errors import InputKeyError, InputValueError
from vl_runtime.registry_errors import registered_names, registry_errors


class BaseNet(nn.Module):
    def __init__(self, width):
        super().__init__()
        if width > 9:
            raise ValueError(f'width {width} is more than 9')


class MistakeNet(BaseNet):
    def __init__(self, width, **others):
        super().__init__(width, **others)
        if width < 0:
            nn.Linear(no_such_argument=1)
        if width == 0:
            int('none')


class InnerNet(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.net = BaseNet(width)


@pytest.fixture(autouse=True)
def _registered():
    for net in (MistakeNet, InnerNet):
        MODELS.register_module(module=net, force=True)
    yield
    for net in (MistakeNet, InnerNet):
        MODELS.module_dict.pop(net.__name__)


def _build(model):
    config = Config({'model': {'type': 'Outer', 'parts': [model]}})
    with registry_errors(config):
        return MODELS.build(config.model.parts[0])


def test_a_misspelt_type_names_its_place_and_the_closest_name():
    expected = (
        r"the config: type 'MistakNet' \(model\.parts\.0\.type\) is not registered in the "
        r"registry of models\. Did you mean 'MistakeNet'\?"
    )
    with pytest.raises(InputKeyError, match=expected):
        _build({'type': 'MistakNet'})


def test_a_name_that_cannot_be_resolved_is_told():
    with pytest.raises(InputKeyError, match=r"type 'nowhere\.Net' \(model\.parts\.0\.type\)"):
        _build({'type': 'nowhere.Net'})


@pytest.mark.parametrize(
    ('arguments', 'expected'),
    [
        ({'widht': 1}, r"model\.parts\.0\.type: MistakeNet missing 1 required .*'width'"),
        ({'width': 1, 'hight': 1}, r"parts\.0\.type: BaseNet got an unexpected .*'hight'"),
        ({'width': 10}, r'model\.parts\.0\.type: width 10 is more than 9'),
        ({'width': 0}, r"model\.parts\.0\.type: invalid literal for int.*'none'"),
        ({}, r"MistakeNet missing 1 required positional argument: 'width'"),
    ],
)
def test_a_misspelt_or_missing_argument_is_told(arguments, expected):
    with pytest.raises(InputValueError, match=expected):
        _build({'type': 'MistakeNet', **arguments})


def test_a_programming_error_keeps_its_trace():
    with pytest.raises(TypeError, match='no_such_argument'):
        _build({'type': 'MistakeNet', 'width': -1})
    with pytest.raises(ValueError, match='more than 9') as caught:
        _build({'type': 'InnerNet', 'width': 10})
    assert not isinstance(caught.value, InputValueError)
    with pytest.raises(KeyError, match='something'), registry_errors(Config({})):
        {}['something']


def test_names_of_child_scopes_are_known_with_and_without_prefix():
    child = Registry('model', parent=MODELS, scope='toyscope')
    child.register_module(module=MistakeNet, name='ChildNet')
    try:
        names = registered_names('model')
    finally:
        MODELS.children.pop('toyscope')
    assert {'ChildNet', 'toyscope.ChildNet', 'MistakeNet'} <= set(names)
