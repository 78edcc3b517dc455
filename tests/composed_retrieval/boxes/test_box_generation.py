import json

import cv2
import numpy as np
import pytest

from composed_retrieval.boxes import read_box_file
from composed_retrieval.boxes.box_generation import BoxGeneration
from composed_retrieval.boxes.box_methods import METHODS, DetectorSource
from tests.composed_retrieval.conftest import NAMES
from vl_runtime.errors import InputKeyError, InputValueError

SQUARE = [0, 0, 0.25, 0.25]  # the first box of the test detector, pixels 0..2 of its 8 x 8 input


@pytest.fixture
def data_config(tmp_path, cirr_root):
    path = tmp_path / 'data.py'
    path.write_text(f"cirr = dict(type='CIRRDataset', data_root={str(cirr_root)!r}, split='train')")
    return str(path)


@pytest.fixture
def detector(predictor_recipe):
    return DetectorSource(str(predictor_recipe), device='cpu')


def test_saliency_of_a_split_keeps_the_names_of_the_split(data_config, tmp_path):
    out = tmp_path / 'boxes.json'
    ((path, summary),) = BoxGeneration('saliency').of_splits(data_config, ['val'], str(out))
    content = read_box_file(path)
    assert tuple(content.images) == NAMES and summary['images'] == 8 and summary['boxes'] > 0
    metadata = content.metadata
    assert (metadata['dataset'], metadata['split'], metadata['method']) == (
        'CIRR',
        'val',
        'saliency',
    )
    assert metadata['failed'] == {} and metadata['max_boxes'] == 3


def test_a_detector_finds_its_classes_largest_first(data_config, detector, tmp_path):
    generation = BoxGeneration('detector', detector, with_scores=True, max_images=3)
    ((path, _),) = generation.of_splits(data_config, ['val'], str(tmp_path / 'boxes.json'))
    content = read_box_file(path)
    assert tuple(content.images) == NAMES[:3]
    found = content.images[NAMES[0]]
    assert found.boxes[0].tolist() == SQUARE
    assert found.labels == ('cat', 'dog', 'bird') and found.scores == (0.9, 0.45, 0.3)
    assert content.metadata['detector_config'].endswith('recipe.py')


def test_texts_replace_the_classes_of_the_recipe(data_config, predictor_recipe, tmp_path):
    source = DetectorSource(str(predictor_recipe), device='cpu', texts=('hat', 'shoe'))
    generation = BoxGeneration('detector', source, with_scores=True, max_images=1)
    ((path, _),) = generation.of_splits(data_config, ['val'], str(tmp_path / 'boxes.json'))
    assert read_box_file(path).images[NAMES[0]].labels == ('hat', 'shoe')


def test_hybrid_falls_back_to_two_salient_regions(data_config, detector, tmp_path):
    def boxes(threshold, name):
        generation = BoxGeneration(
            'hybrid', detector, selection_changes={'score_threshold': threshold}, with_scores=True
        )
        ((path, _),) = generation.of_splits(data_config, ['val'], str(tmp_path / name))
        return read_box_file(path).images[NAMES[0]]

    assert boxes(0.3, 'low.json').labels == ('cat', 'dog', 'bird')
    fallback = boxes(0.95, 'high.json')
    assert set(fallback.labels) == {'salient'} and 1 <= len(fallback.boxes) <= 2


def test_open_vocabulary_boxes_are_of_pairs_and_of_the_captions_things(
    data_config, detector, tmp_path
):
    out = str(tmp_path / '{split}.json')
    generation = BoxGeneration('open-vocab', detector)
    results = dict(generation.of_splits(data_config, ['val', 'test1'], out))
    val = read_box_file(tmp_path / 'val.json')
    assert not val.images and set(val.pairs) == {'7', '9', '12'}
    assert set(val.pairs['7']) == {'reference', 'target'}
    assert val.pairs['7']['target'].labels == ('dogs', 'grass')
    assert val.pairs['7']['target'].boxes[0].tolist() == SQUARE
    summary = results[tmp_path / 'val.json']
    assert summary['phrases'] == summary['phrases_found'] == 12
    assert set(read_box_file(tmp_path / 'test1.json').pairs['9']) == {'reference'}


def test_a_folder_can_stand_for_a_data_set(cirr_root, tmp_path):
    ((path, summary),) = BoxGeneration('saliency').of_folder(
        str(cirr_root / 'dev'), str(tmp_path / 'boxes.json')
    )
    assert set(read_box_file(path).images) == set(NAMES) and summary['images'] == 8


def test_what_can_not_be_read_is_kept_as_empty_with_the_reason(data_config, cirr_root, tmp_path):
    (cirr_root / 'dev' / f'{NAMES[2]}.png').unlink()
    ((path, summary),) = BoxGeneration('saliency').of_splits(
        data_config, ['val'], str(tmp_path / 'boxes.json')
    )
    assert list(summary['failed']) == [NAMES[2]]
    content = read_box_file(path)
    assert len(content.images[NAMES[2]].boxes) == 0
    assert 'no such image' in content.metadata['failed'][NAMES[2]]


def test_work_that_was_stopped_goes_on_where_it_was(data_config, tmp_path, detector):
    out = str(tmp_path / 'boxes.json')
    seen = []

    def stopping(items, total, initial):
        seen.append((total, initial))
        for number, item in enumerate(items):
            if len(seen) == 1 and number == 5:
                raise KeyboardInterrupt
            yield item

    with pytest.raises(KeyboardInterrupt):
        list(
            BoxGeneration('saliency', batch_size=2, progress=stopping).of_splits(
                data_config, ['val'], out
            )
        )
    ((_, again),) = BoxGeneration('saliency', progress=stopping).of_splits(
        data_config, ['val'], out
    )
    assert seen == [(8, 0), (8, 5)] and again['images'] == 8
    with pytest.raises(InputValueError, match=r'was written with another .*method'):
        list(BoxGeneration('detector', detector).of_splits(data_config, ['val'], out))


def test_the_last_of_several_processes_writes_the_file(data_config, tmp_path):
    out = tmp_path / 'boxes.json'
    whole = tmp_path / 'whole.json'
    ((_, first),) = BoxGeneration('saliency', shard='1/2').of_splits(data_config, ['val'], str(out))
    assert first is None and not out.exists()
    ((_, last),) = BoxGeneration('saliency', shard='0/2').of_splits(data_config, ['val'], str(out))
    list(BoxGeneration('saliency').of_splits(data_config, ['val'], str(whole)))
    assert last['images'] == 8
    assert json.loads(out.read_text()) == json.loads(whole.read_text())


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (('detector',), '--method detector: needs a detector; give --detector and --checkpoint'),
        (('saliency', DetectorSource('x.py')), '--method saliency: takes no detector; leave out'),
        (('detector', DetectorSource(None, 'w.pth')), '--checkpoint: give the recipe'),
    ],
)
def test_a_method_and_its_detector_must_fit(arguments, message):
    with pytest.raises(InputValueError, match=message):
        BoxGeneration(*arguments)


def test_wrong_requests_are_told(data_config, detector, tmp_path, predictor_recipe):
    with pytest.raises(InputValueError, match=r'--max-images: expected at least 1 .*, found 0'):
        BoxGeneration('saliency', max_images=0)
    with pytest.raises(InputValueError, match='--batch-size: expected at least 1, found 0'):
        BoxGeneration('saliency', batch_size=0)
    saliency = BoxGeneration('saliency')
    with pytest.raises(InputValueError, match=r'--out x.json: 2 splits need a name each'):
        next(saliency.of_splits(data_config, ['val', 'test1'], 'x.json'))
    with pytest.raises(InputValueError, match='DATASET_CONFIG or --images DIR, found neither'):
        next(saliency.of_folder(None, None))
    with pytest.raises(InputValueError, match='a folder has no captions'):
        next(BoxGeneration('open-vocab', detector).of_folder(str(tmp_path), None))
    with pytest.raises(InputKeyError, match='expected a data set of composed retrieval'):
        next(saliency.of_splits(str(predictor_recipe), ['val'], None))


def test_open_vocabulary_needs_a_detector_that_takes_texts(data_config, tmp_path, predictor_recipe):
    closed = tmp_path / 'closed.py'
    text = predictor_recipe.read_text().replace('TextSquareDetector', 'ClosedSquareDetector')
    closed.write_text(text.replace("dict(type='LoadText'),", '').replace(", 'texts')", ')'))
    source = DetectorSource(str(closed), device='cpu')
    with pytest.raises(InputValueError, match=r'closed.py is a detector of fixed classes'):
        list(
            BoxGeneration('open-vocab', source).of_splits(
                data_config, ['val'], str(tmp_path / 'x.json')
            )
        )


def test_two_images_of_one_name_are_told(tmp_path):
    for suffix in ('png', 'jpg'):
        cv2.imwrite(str(tmp_path / f'a.{suffix}'), np.zeros((9, 9, 3), np.uint8))
    with pytest.raises(InputValueError, match=r"has the name 'a' of .* too"):
        next(BoxGeneration('saliency').of_folder(str(tmp_path), str(tmp_path / 'b.json')))


def test_the_tool_offers_every_method(repository):
    text = (repository / 'tools/generate_boxes.py').read_text()
    assert all(f"'{method}'" in text for method in METHODS)
