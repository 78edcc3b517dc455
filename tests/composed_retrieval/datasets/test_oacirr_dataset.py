import pytest
from mmengine.registry import DATASETS

from tests.composed_retrieval.conftest import write_json, write_picture
from vl_runtime.errors import InputFileNotFoundError, InputKeyError, InputValueError

ENTRY = {
    'reference': 'a1',
    'target': 'a2',
    'reference_bounding_box': [4, 8, 22, 26],
    'object_category': 'car',
    'modification_text_mllm': 'parked at night',
}


@pytest.fixture
def root(tmp_path):
    """Two domains; two objects, with three pictures and one."""
    paths = {'a1': 'val/A/a1.png', 'a2': 'val/A/a2.png', 'a3': 'val/A/a3.png', 'b': 'val/B/b.png'}
    for domain in ('Car', 'Fashion'):
        folder = tmp_path / f'OACIRR-Subset/OACIRR-{domain}'
        for seed, path in enumerate(paths.values()):
            write_picture(folder / path, seed)
        inner = folder / domain.lower()
        write_json(inner / 'image_splits/split.val.json', paths)
        write_json(inner / 'quadruple_captions/caption_full.val.json', [ENTRY])
    return tmp_path


def build(root, domains=('Car', 'Fashion')):
    return DATASETS.build(
        dict(type='OACIRRDataset', data_root=root, split='val', domains=list(domains))
    )


def test_a_query_has_the_drawn_region_in_pixels_and_the_other_pictures_of_the_object(root):
    dataset = build(root, ['Car'])
    item = dataset[0]
    assert item['query_id'] == 'Car/0' and item['caption'] == 'parked at night'
    assert item['reference']['region_xyxy'] == (4.0, 8.0, 22.0, 26.0)
    assert item['same_instance'] == ('a2', 'a3')
    assert 'region_xyxy' not in item['target']


def test_names_of_several_domains_do_not_meet(root):
    dataset = build(root)
    assert dataset[1]['target']['name'] == 'Fashion/a2'
    assert set(dataset.galleries) == {'Car', 'Fashion'} and len(dataset.images) == 8


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'reference_bounding_box': [4, 8, 2, 26]}, 'entry 0: reference_bounding_box: expected x1'),
        ({'reference_bounding_box': [4, 8]}, r'expected a box \[x1, y1, x2, y2\], found \[4, 8\]'),
        ({'reference_bounding_box': [4, 8, 1e999, 26]}, 'expected finite pixels from 0'),
        ({'target': 'z'}, "expected a target among the 4 images of 'Car', found 'z'"),
        ({'reference': 'z'}, "expected a reference among the 4 images of 'Car', found 'Car/z'"),
        ({'modification_text_mllm': ' '}, 'expected a caption'),
    ],
)
def test_a_wrong_query_is_named(root, changes, message):
    path = root / 'OACIRR-Subset/OACIRR-Car/car/quadruple_captions/caption_full.val.json'
    write_json(path, [{**ENTRY, **changes}])
    with pytest.raises((InputValueError, InputKeyError), match=message):
        build(root)


def test_a_domain_without_its_folder_is_an_error(root):
    with pytest.raises(InputFileNotFoundError, match=r'OACIRR-Product: expected one folder with'):
        build(root, ['Product'])


def test_an_unknown_domain_is_an_error(root):
    with pytest.raises(InputValueError, match=r"Landmark, each once, found \['Cars'\]"):
        build(root, ['Cars'])
