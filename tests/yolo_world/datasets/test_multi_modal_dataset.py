"""MultiModalDataset: reference values, classes and texts in agreement, bad input."""

import copy
import json

import numpy as np
import pytest
from mmengine.registry import DATASETS, DefaultScope

from vl_runtime.errors import InputFileNotFoundError, InputValueError


def build(inner, **options):
    return DATASETS.build({'type': 'MultiModalDataset', 'dataset': inner, **options})


@pytest.mark.parametrize(
    'name', ['dataset', 'mixeddataset_detection', 'mixeddataset_caption'], ids=str
)
def test_items_equal_the_reference(golden_dataset_config, name):
    config, case = golden_dataset_config(f'dataset_multimodal_{name}.json')

    dataset = DATASETS.build(config)

    assert len(dataset) == case['length']
    assert [dataset.get_data_info(i) for i in range(len(dataset))] == case['parsed']
    assert ('dataset' in dataset[0]) == case['item0_has_dataset_reference']


def test_mixed_dataset_refuses_another_type(write_coco, coco_content):
    with pytest.raises(InputValueError, match=r"dataset_type: expected 'detection' or 'caption'"):
        DATASETS.build(
            {
                'type': 'MultiModalMixedDataset',
                'dataset': write_coco(coco_content),
                'dataset_type': 'video',
            }
        )


def test_class_names_are_in_label_order_whatever_metainfo_says(golden_dataset_config, messages):
    config, _ = golden_dataset_config('dataset_multimodal_dataset.json')

    dataset = DATASETS.build(config)

    assert dataset.metainfo['classes'] == ('car', 'dog', 'zebra')
    assert any('metainfo.classes was brought into that order: car, dog' in m for m in messages)


def test_own_categories_become_classes_and_texts(write_coco, coco_content, messages):
    dataset = build(write_coco(coco_content))

    assert dataset.metainfo['classes'] == ('red_cell', 'platelet')
    assert 'palette' not in dataset.metainfo
    assert [entry[0] for entry in dataset.get_data_info(0)['texts']] == ['red_cell', 'platelet']
    assert [i['bbox_label'] for i in dataset.get_data_info(0)['instances']] == [0, 1]
    assert sum('its 2 categories are the classes' in m for m in messages) == 1


def test_built_data_set_can_be_wrapped(write_coco, coco_content):
    inner = DATASETS.build(
        {
            **write_coco(coco_content),
            'type': 'mmyolo.YOLOv5CocoDataset',
            'metainfo': {'classes': ['red_cell', 'platelet']},
        }
    )
    assert len(build(inner)) == 2


def test_something_else_cannot_be_wrapped():
    with pytest.raises(TypeError, match=r'expected the config of a data set or a BaseDataset'):
        build([1, 2])


def test_annotation_file_is_parsed_once(write_coco, coco_content, monkeypatch):
    calls = []
    loads = json.loads
    monkeypatch.setattr('vl_runtime.data_checks.json.loads', lambda d: calls.append(1) or loads(d))
    build(write_coco(coco_content))
    assert len(calls) == 1


def test_lazy_data_set_reads_nothing_until_it_is_used(write_coco, coco_content, tmp_path):
    config = write_coco(coco_content)
    (tmp_path / 'ann.json').unlink()
    dataset = build(config, lazy_init=True)
    with pytest.raises(InputFileNotFoundError, match=r'ann.json: no such file'):
        len(dataset)


@pytest.mark.parametrize(
    ('texts', 'message'),
    [
        ([['red cell']], r'(?s)texts.json.*2 class texts.*ann.json.*index 1 \(.platelet.\)'),
        ([['red cell'], ['platelet'], ['dog']], r'(?s)texts.json.*index 2.*dog'),
        ([['platelet'], ['red cell']], r'(?s)texts.json.*platelet'),
        ([['a prompt of its own'], ['platelet', 'small cell']], None),
    ],
    ids=['fewer', 'more', 'misordered', 'good'],
)
def test_class_texts_are_checked_against_the_categories(
    write_coco, coco_content, tmp_path, texts, message
):
    (tmp_path / 'texts.json').write_text(json.dumps(texts))
    config = {
        'type': 'MultiModalDataset',
        'dataset': write_coco(coco_content),
        'class_text_path': str(tmp_path / 'texts.json'),
    }
    if message is None:
        assert DATASETS.build(config).get_data_info(0)['texts'] == texts
    else:
        with pytest.raises(InputValueError, match=message):
            DATASETS.build(config)


def test_a_chosen_class_that_the_file_lacks_is_named(write_coco, coco_content):
    inner = write_coco(coco_content, metainfo={'classes': ('red_cell', 'platelets')})
    with pytest.raises(
        InputValueError,
        match=r"none named 'platelets' \(class index 1 of 2\).*"
        "Did you mean 'platelet'",
    ):
        build(inner)


def test_unknown_category_stops_when_no_classes_were_chosen(write_coco, coco_content):
    coco_content['annotations'][2]['category_id'] = 99
    with pytest.raises(InputValueError, match=r'annotation 2 \(id 12\): expected a category_id'):
        build(write_coco(coco_content))


def test_unknown_category_is_logged_when_classes_were_chosen(write_coco, coco_content, messages):
    coco_content['annotations'][2]['category_id'] = 99
    build(write_coco(coco_content, metainfo={'classes': ('red_cell', 'platelet')}))
    assert any('1 of 3 boxes belong to no category of the file' in m for m in messages)


def test_no_annotation_left_says_what_was_there(write_coco, coco_content):
    for annotation in coco_content['annotations']:
        annotation['bbox'][2] = 0
    inner = write_coco(coco_content, filter_cfg={'filter_empty_gt': False, 'min_size': 32})
    with pytest.raises(
        InputValueError,
        match=r'2 images but no annotation is left.*2 images and 3 annotations: 3 empty',
    ):
        build(inner)
    assert len(build({**inner, 'test_mode': True})) == 2


def test_no_image_left_names_the_filter(write_coco, coco_content):
    inner = write_coco(coco_content, filter_cfg={'filter_empty_gt': True, 'min_size': 500})
    with pytest.raises(InputValueError, match=r"no image is left after filtering.*'min_size': 500"):
        build(inner)


def test_images_without_annotations_and_crowds_are_evaluated(
    write_coco, coco_content, evaluation_pipeline
):
    coco_content['annotations'] = coco_content['annotations'][:2]
    coco_content['annotations'][1]['iscrowd'] = 1
    dataset = build(write_coco(coco_content, test_mode=True), pipeline=evaluation_pipeline)

    crowd, empty = dataset[0]['data_samples'], dataset[1]['data_samples']

    assert crowd.gt_instances.labels.tolist() == [0]
    assert crowd.ignored_instances.labels.tolist() == [1]
    assert len(empty.gt_instances) == 0
    assert crowd.texts == ['red_cell', 'platelet']


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (None, r'ann.json, image index 0: .*b?a.png: no such image'),
        (b'', 'expected an image, found a file of zero bytes'),
        (b'<html>', r"expected an image \(JPEG.*found 6 bytes that start with b'<html>'"),
        (b'\x89PNG\r\n\x1a\n1234567890', 'starts like an image but cannot be decoded'),
    ],
    ids=['missing', 'zero bytes', 'no image', 'damaged'],
)
def test_broken_images_are_named(
    write_coco, coco_content, tmp_path, content, message, evaluation_pipeline
):
    dataset = build(write_coco(coco_content), pipeline=evaluation_pipeline)
    (tmp_path / 'a.png').unlink()
    if content is not None:
        (tmp_path / 'a.png').write_bytes(content)
    with pytest.raises((InputValueError, InputFileNotFoundError), match=message):
        dataset[0]


def test_an_error_that_is_not_the_image_stays_as_it_is(write_coco, coco_content):
    dataset = build(write_coco(coco_content), pipeline=[{'type': 'mmyolo.LoadImageFromFile'}])
    dataset.pipeline = _raise_key_error
    with pytest.raises(KeyError, match=r'missing key'):
        dataset[0]


def _raise_key_error(data_info):
    raise KeyError('missing key')


def test_image_too_elongated_for_the_input_size_is_named(
    write_coco, coco_content, evaluation_pipeline
):
    coco_content['images'][0].update(width=1, height=900)
    coco_content['annotations'] = coco_content['annotations'][2:]
    dataset = build(write_coco(coco_content), pipeline=evaluation_pipeline)
    with pytest.raises(
        InputValueError, match=r'1 x 900 pixels; scaled to the input size its short'
    ):
        dataset[0]


def test_size_that_differs_from_the_file_is_said_once(
    write_coco, coco_content, messages, evaluation_pipeline
):
    config = write_coco(coco_content, test_mode=True)
    dataset = build(config, pipeline=evaluation_pipeline)
    from_file = json.loads(json.dumps(coco_content))
    from_file['images'][0]['width'] = 61
    dataset = build(
        write_coco(from_file, images=False, test_mode=True), pipeline=evaluation_pipeline
    )
    _ = dataset[0], dataset[0]
    assert sum('is 60 x 40 pixels, the file states 61 x 40' in m for m in messages) == 1


def test_pipeline_that_gives_nothing_is_no_silent_hang(write_coco, coco_content):
    train = build(write_coco(coco_content))
    train.pipeline = lambda data_info: None
    with pytest.raises(InputValueError, match=r'gave nothing for 50 images in a row'):
        train[0]
    test = build(write_coco(coco_content, test_mode=True))
    test.pipeline = lambda data_info: None
    with pytest.raises(InputValueError, match=r'a test pipeline must not drop images'):
        test[0]


def test_items_share_texts_but_nothing_else(write_coco, coco_content):
    dataset = build(write_coco(coco_content, serialize_data=False))
    first, again = dataset.get_data_info(0), dataset.get_data_info(0)
    before = copy.deepcopy(again)
    first['instances'][0]['bbox'][0] = -1
    assert again == before == dataset.get_data_info(0)
    assert first['texts'] is again['texts']


def test_batch_shapes_and_class_balanced_sampling_still_work(write_coco, coco_content):
    shapes = {
        'type': 'mmyolo.BatchShapePolicy',
        'batch_size': 2,
        'img_size': 64,
        'size_divisor': 32,
        'extra_pad_ratio': 0.5,
    }
    dataset = build(write_coco(coco_content, batch_shapes_cfg=shapes, test_mode=True))
    assert np.asarray(dataset.get_data_info(0)['batch_shape']).shape == (2,)
    plain = build(write_coco(coco_content, batch_shapes_cfg=None))
    assert plain.get_cat_ids(0) == [0, 1]


@pytest.mark.parametrize('scope', ['mmyolo', 'mmdet', 'mmengine'])
def test_any_default_scope_will_do(write_coco, coco_content, scope):
    with DefaultScope.overwrite_default_scope(scope):
        assert len(build(write_coco(coco_content), pipeline=[{'type': 'LoadText'}])) == 2


def test_pipeline_can_be_switched_during_training(write_coco, coco_content):
    dataset = build(write_coco(coco_content))
    dataset.pipeline = lambda data_info: data_info['img_id']
    assert dataset[1] == 2


def test_area_and_iscrowd_may_be_left_out(write_coco, coco_content):
    with_all = build(write_coco(coco_content))
    instances = with_all.get_data_info(0)['instances']
    for annotation in coco_content['annotations']:
        if not annotation.get('iscrowd'):
            annotation.pop('iscrowd', None)
        annotation.pop('area')
    assert build(write_coco(coco_content)).get_data_info(0)['instances'] == instances
