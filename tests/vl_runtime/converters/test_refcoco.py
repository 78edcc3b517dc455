import json
import pickle

import pytest
from mmengine.registry import DATASETS

import yolo_world  # noqa: F401
from vl_runtime.converters import convert_refcoco
from vl_runtime.errors import InputKeyError, InputValueError


def reference(number, split='train', phrases=('left cat', 'the cat on the left'), **changes):
    sentences = [
        {'sent_id': 10 * number + i, 'sent': text, 'raw': text.title()}
        for i, text in enumerate(phrases)
    ]
    return {
        'ref_id': number,
        'ann_id': 50 + number,
        'image_id': 7,
        'split': split,
        'sentences': sentences,
        'file_name': 'COCO_train2014_000000000007_1.jpg',
    } | changes


@pytest.fixture
def files(tmp_path):
    """(refs, instances): a picture with two boxes, one in train and one in testA."""
    instances = {
        'images': [{'id': 7, 'file_name': 'seven.jpg', 'width': 100, 'height': 80}],
        'annotations': [
            {'id': 51, 'image_id': 7, 'category_id': 1, 'bbox': [1, 2, 30, 40], 'area': 900}
            | {'segmentation': [[1, 2, 31, 2, 31, 42]], 'iscrowd': 0},
            {'id': 52, 'image_id': 7, 'category_id': 1, 'bbox': [50, 2, 30, 40], 'iscrowd': 0},
        ],
        'categories': [{'id': 1, 'name': 'cat'}],
    }
    refs, path = tmp_path / 'refs(unc).p', tmp_path / 'instances.json'
    refs.write_bytes(pickle.dumps([reference(1), reference(2, 'testA', ['right cat'])], 0))
    path.write_text(json.dumps(instances))
    return refs, path


def read(root, split):
    return json.loads((root / 'annotations' / f'instances_{split}.json').read_text())


def test_every_phrase_is_an_entry_that_the_grounding_data_set_reads(files, tmp_path):
    lines = convert_refcoco(*files, tmp_path / 'out', image_folder=tmp_path)
    assert lines[:2] == [
        'train: 2 phrases for 1 objects in 1 pictures',
        'testA: 1 phrases for 1 objects in 1 pictures',
    ]
    assert any(line.startswith('images that are not there (yet?): 1') for line in lines)
    annotation = read(tmp_path / 'out', 'train')['annotations'][0]
    assert annotation['ref_id'] == 1 and annotation['sent_id'] == 10
    assert annotation['segmentation'] == [[1, 2, 31, 2, 31, 42]] and annotation['area'] == 900
    dataset = DATASETS.build(
        dict(
            type='YOLOv5MixedGroundingDataset',
            data_root=str(tmp_path / 'out'),
            ann_file='annotations/instances_train.json',
            data_prefix=dict(img=''),
            pipeline=[],
        )
    )
    info = dataset.get_data_info(1)
    assert info['texts'] == [['the cat on the left']]
    assert info['instances'][0]['bbox'] == [1, 2, 31, 42]
    assert info['img_path'].endswith('out/../seven.jpg')


def test_splits_keep_their_names_and_none_is_invented(files, tmp_path):
    convert_refcoco(*files, tmp_path, splits=['testA'])
    assert [p.name for p in (tmp_path / 'annotations').iterdir()] == ['instances_testA.json']
    with pytest.raises(InputKeyError, match=r"no split 'val'; it has train, testA, which keep"):
        convert_refcoco(*files, tmp_path, splits=['val'])
    files[0].write_bytes(pickle.dumps([reference(1, 'val')]))
    assert 'has no split train, only val. What is measured on must not be' in '\n'.join(
        convert_refcoco(*files, tmp_path)
    )


def test_the_list_may_be_json(files, tmp_path):
    path = tmp_path / 'refs.json'
    path.write_text(json.dumps([reference(1, phrases=['chat noir', ' '])]))
    lines = convert_refcoco(path, files[1], tmp_path)
    assert read(tmp_path, 'train')['images'][0]['caption'] == 'chat noir'
    assert any(line.startswith('empty phrases left out: 1') for line in lines)


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'ann_id': 99}, r'reference 0 \(ref_id 1\): ann_id 99 is not in .*instances\.json'),
        ({'image_id': 8}, r'image_id 8 is not in'),
        ({'sentences': 'cat'}, r'expected a list of sentences, found cat'),
        ({'sentences': [{}]}, r'sentence 0: expected a text, found None'),
    ],
)
def test_a_broken_reference_stops_the_conversion_or_is_left_out(files, tmp_path, changes, message):
    refs = [reference(1, **changes), reference(2)]
    files[0].write_bytes(pickle.dumps(refs))
    with pytest.raises(InputValueError, match=message):
        convert_refcoco(*files, tmp_path)
    lines = convert_refcoco(*files, tmp_path, skip_broken=True)
    assert lines[0].startswith('train: 2 phrases for 1 objects')
    assert any(line.startswith('broken images left out: 1') for line in lines)


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ({}, 'expected a list of references, found dict'),
        ([], 'expected a list of references, found list without entries'),
        ([{'ref_id': 1}], "reference 0: expected 'ann_id', found none"),
        (
            [reference(1, split='../x')],
            r"reference 0: expected the name of a split, found '\.\./x'",
        ),
    ],
)
def test_another_content_is_named(files, tmp_path, content, message):
    files[0].write_bytes(pickle.dumps(content))
    with pytest.raises(InputValueError, match=message):
        convert_refcoco(*files, tmp_path)


def test_boxes_of_other_images_and_without_an_area_are_named(files, tmp_path):
    content = json.loads(files[1].read_text())
    content['annotations'][0]['bbox'] = [200, 0, 10, 10]
    content['images'].append(content['images'][0] | {'id': 8, 'file_name': 'eight.jpg'})
    content['annotations'][1]['image_id'] = 8
    files[1].write_text(json.dumps(content))
    with pytest.raises(
        InputValueError, match=r'expected a box with an area, found .* 1 more cannot'
    ):
        convert_refcoco(*files, tmp_path)
    files[0].write_bytes(pickle.dumps([reference(2)]))
    with pytest.raises(
        InputValueError, match='expected a box of image 7, found annotation 52 of i'
    ):
        convert_refcoco(*files, tmp_path)
