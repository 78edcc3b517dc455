"""Grounding data sets: reference values, prefixes, filters, bad input."""

import json

import pytest
from mmengine.registry import DATASETS

from vl_runtime.errors import InputFileNotFoundError, InputValueError

GOLDEN = [
    f'dataset_{kind}_grounding_filter{i}.json' for kind in ('mixed', 'general') for i in (0, 1)
]


@pytest.fixture
def grounding(golden_dataset_config, tmp_path):
    """Build the mixed case after a change of its annotation file or config."""

    def build(change=lambda content: None, kind='mixed', **options):
        config, case = golden_dataset_config(f'dataset_{kind}_grounding_filter0.json')
        change(case['annotation'])
        (tmp_path / 'ann.json').write_text(json.dumps(case['annotation']))
        return DATASETS.build({**config, **options})

    return build


@pytest.mark.parametrize('name', GOLDEN)
def test_items_equal_the_reference(golden_dataset_config, name):
    config, case = golden_dataset_config(name)
    dataset = DATASETS.build(config)
    assert [dataset.get_data_info(i) for i in range(len(dataset))] == case['parsed']


def test_training_items_carry_the_data_set(grounding):
    assert grounding()[0]['dataset'] is not None
    assert 'dataset' not in grounding(test_mode=True)[0]


def test_images_without_boxes_can_be_dropped(grounding):
    def empty_the_first(content):
        content['annotations'] = content['annotations'][5:]

    assert len(grounding(empty_the_first)) == 2
    assert len(grounding(empty_the_first, filter_cfg={'drop_images_without_boxes': True})) == 1


def test_first_folder_that_has_the_image_is_used(grounding, tmp_path):
    for folder, name in (('one', 'im9.jpg'), ('two', 'im11.jpg'), ('two', 'a/im7.jpg')):
        (tmp_path / folder / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / name).touch()
    dataset = grounding(data_prefix={'img': ['one', str(tmp_path / 'two')]})
    assert dataset.get_data_info(1)['img_path'] == str(tmp_path / 'two' / 'im11.jpg')
    with pytest.raises(InputFileNotFoundError, match=r"'a/im7.jpg' is in none of the folders"):
        grounding(data_prefix={'img': ['one']})


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda c: c['images'][0].pop('caption'), 'image id 7: expected a caption, found None'),
        (
            lambda c: c['annotations'][0].update(tokens_positive=[[2]]),
            r'annotation id 1: expected tokens_positive .* found \[\[2\]\]',
        ),
        (lambda c: c.pop('annotations'), "expected the key 'annotations'"),
        (
            lambda c: [a.update(area=0) for a in c['annotations']],
            'no annotation is left after filtering: of 3 images with 0 usable boxes, min_size=32',
        ),
    ],
    ids=['caption', 'span', 'key', 'nothing left'],
)
def test_bad_files_are_named(grounding, change, message):
    with pytest.raises(InputValueError, match=message):
        grounding(change)


def test_box_without_tokens_is_named(grounding):
    with pytest.raises(InputValueError, match=r'annotation id 1: expected tokens, the name'):
        grounding(lambda c: c['annotations'][0].pop('tokens'), kind='general')


def test_boxes_without_a_name_are_left_out_and_counted(grounding, messages):
    dataset = grounding(lambda c: c['annotations'][0].update(tokens_positive=[[900, 910]]))
    assert ['black dog'] not in dataset.get_data_info(0)['texts']
    assert any(
        '1 of 8 boxes have an empty name and were left out, first: annotation id 1' in m
        for m in messages
    )


def test_missing_image_is_named(grounding):
    pipeline = [{'type': 'mmyolo.LoadImageFromFile'}]
    with pytest.raises(InputFileNotFoundError, match=r'ann.json, image index 0: .*im7.jpg'):
        grounding(pipeline=pipeline)[0]
