import pytest

from vl_runtime.config_files import load_config, parse_options
from vl_runtime.errors import InputFileNotFoundError, InputKeyError, InputValueError


@pytest.fixture
def recipe(tmp_path):
    def write(text, name='recipe.py'):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def test_a_recipe_is_loaded_with_its_base_and_options(recipe):
    recipe('model = dict(type="A", width=1)\nsizes = [1, 2]\n', 'base.py')
    path = recipe("_base_ = ['base.py']\nwork_dir = 'w'\n")
    config = load_config(path, ['model.width=3', 'sizes=[4,5]', 'optim_wrapper.type=X'])
    assert config.model == {'type': 'A', 'width': 3}
    assert config.sizes == [4, 5]
    assert config.optim_wrapper.type == 'X'


def test_a_base_may_come_from_mmyolo(recipe, repository):
    base = repository / 'third_party/mmyolo/configs/_base_/default_runtime.py'
    path = recipe(f"_base_ = '{base}'\n")
    assert load_config(path).default_scope == 'mmyolo'


def test_a_misspelt_recipe_names_the_closest_one(recipe, tmp_path, monkeypatch):
    recipe('a = 1\n', 'yolo_small.py')
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputFileNotFoundError, match=r"no such config\. Did you mean 'yolo_small"):
        load_config('yolo_smal.py')


def test_a_file_that_is_no_config_is_told(tmp_path):
    with pytest.raises(InputValueError, match=r"config ends in one of \.py, .*found '\.pth'"):
        load_config(tmp_path / 'best.pth')


def test_a_missing_base_names_the_line_that_wants_it(recipe):
    recipe('a = 1\n', 'schedule.py')
    path = recipe("_base_ = [\n    'shedule.py',\n]\n")
    expected = r"recipe\.py:2: the base file .*shedule\.py does not exist\. Did you mean 'schedule"
    with pytest.raises(InputFileNotFoundError, match=expected):
        load_config(path)


def test_a_syntax_error_names_file_and_line(recipe):
    recipe('a = 1\nb = (\n', 'broken.py')
    path = recipe("_base_ = 'broken.py'\n")
    with pytest.raises(InputValueError, match=r'broken\.py:2: .*: b = \('):
        load_config(path)


@pytest.mark.parametrize(
    ('line', 'expected'),
    [
        ('b = missing_name', r"recipe\.py:2: NameError: name 'missing_name' is not defined"),
        ('b = 1 / 0', r'recipe\.py:2: ZeroDivisionError'),
        ('b = dict(a=1).absent', r'recipe\.py:2: AttributeError'),
    ],
)
def test_a_mistake_in_a_line_names_it(recipe, line, expected):
    with pytest.raises(InputValueError, match=expected):
        load_config(recipe(f'a = 1\n{line}\n'))


def test_two_bases_with_one_key_are_told(recipe):
    recipe('a = 1\n', 'one.py')
    recipe('a = 2\n', 'two.py')
    with pytest.raises(InputValueError, match=r"recipe\.py: KeyError: Duplicate key.*\{'a'\}"):
        load_config(recipe("_base_ = ['one.py', 'two.py']\n"))


def test_an_import_that_fails_is_told(recipe):
    path = recipe("custom_imports = dict(imports=['no_such_module'], allow_failed_imports=False)\n")
    with pytest.raises(InputValueError, match=r'cannot be imported \(.*no_such_module'):
        load_config(path)


@pytest.mark.parametrize(
    ('options', 'error', 'expected'),
    [
        (['model'], InputValueError, "expected key=value, found 'model'"),
        (['a=[1,2'], InputValueError, 'brackets .* do not pair'),
        (['modle.width=1'], InputKeyError, "has a key 'modle'. Did you mean 'model'"),
        (['sizes.7=1'], InputValueError, r'sizes\.7: do not fit .*recipe\.py'),
    ],
)
def test_an_option_that_does_not_fit_is_told(recipe, options, error, expected):
    path = recipe('model = dict(type="A")\nsizes = [1, 2]\n')
    with pytest.raises(error, match=expected):
        load_config(path, options)


def test_a_capital_metainfo_key_is_told(recipe):
    path = recipe(
        "train_dataloader = dict(dataset=dict(dataset=dict(metainfo=dict(CLASSES=('a',)))))\n"
    )
    with pytest.raises(InputValueError, match=r"train_dataloader: the metainfo key 'CLASSES'"):
        load_config(path)


def test_options_follow_mmengine():
    assert parse_options(['a.b=1', 'c=[1,x]', 'd=(1,2)', 'e=true', 'f=None', 'g=a=b']) == {
        'a.b': 1,
        'c': [1, 'x'],
        'd': (1, 2),
        'e': True,
        'f': None,
        'g': 'a=b',
    }
    assert parse_options(['root=a folder/of mine/', 'b=2']) == {'root': 'a folder/of mine/', 'b': 2}
    assert parse_options(['size=[1, 2]']) == {'size': [1, 2]}
    assert parse_options([]) == {}


def test_paths_follow_a_new_data_root(tmp_path):
    path = tmp_path / 'recipe.py'
    path.write_text(
        "data_root = 'data/mine/'\n"
        "load = dict(root=data_root, files=[data_root + 'a.json', 'data/minestrone/b.json'])\n"
    )

    config = load_config(path, {'data_root': str(tmp_path)})

    assert config.load.root == f'{tmp_path}/'
    assert config.load.files == [f'{tmp_path}/a.json', 'data/minestrone/b.json']
    assert load_config(path).load.root == 'data/mine/'


def test_mmyolo_base_is_found_from_outside_of_the_checkout(recipe, tmp_path):
    (tmp_path / 'configs' / 'mine').mkdir(parents=True)
    base = '../../third_party/mmyolo/configs/yolov8/yolov8_s_syncbn_fast_8xb16-500e_coco.py'
    path = recipe(
        f"_base_ = ('{base}')\nwidth = {{{{_base_.widen_factor}}}}\n", 'configs/mine/a.py'
    )

    assert load_config(path).width == 0.5
    assert not (tmp_path / 'third_party').exists()  # nothing is written beside it


def test_a_missing_mmyolo_base_is_told(recipe, tmp_path):
    path = recipe("_base_ = '../third_party/mmyolo/configs/yolov8/yolov8_q.py'\n")
    with pytest.raises(InputFileNotFoundError, match=r'recipe\.py:1: the base file .*yolov8_q\.py'):
        load_config(path)
