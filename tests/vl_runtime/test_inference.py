import cv2
import numpy as np
import pytest
import torch

from vl_runtime.errors import InputFileNotFoundError, InputKeyError, InputValueError
from vl_runtime.inference import Predictor
from vl_runtime.launch import load_config


@pytest.fixture
def predictor(predictor_recipe):
    return Predictor.from_checkpoint(predictor_recipe, device='cpu')


@pytest.fixture
def closed(predictor_recipe):
    options = {'model.type': 'ClosedSquareDetector', 'model.num_classes': 4}
    return Predictor.from_checkpoint(predictor_recipe, device='cpu', cfg_options=options)


def picture(height=16, width=24, value=100):
    return np.full((height, width, 3), value, np.uint8)


def test_boxes_are_in_pixels_of_the_original_best_score_first(predictor):
    (found,) = predictor.predict(picture(16, 24), texts=['red circle', 'helmet'])
    assert found.image == 'array 0'
    assert found.size_wh == (24, 16)
    assert found.texts == ('red circle', 'helmet')
    assert found.names == ['red circle', 'helmet']
    np.testing.assert_allclose(found.boxes_xyxy, [[0, 0, 6, 4], [3, 2, 9, 6]], rtol=1e-6)
    np.testing.assert_allclose(found.scores, [0.9, 0.45], rtol=1e-6)
    assert (found.boxes_xyxy.dtype, found.labels.dtype) == (np.float32, np.int64)


def test_threshold_and_limit_keep_the_best_boxes(predictor):
    texts = ['a', 'b', 'c', 'd']
    assert len(predictor.predict(picture(), texts, score_threshold=0.4)[0]) == 2
    assert predictor.predict(picture(), texts, max_boxes=3)[0].labels.tolist() == [0, 1, 2]
    nothing = predictor.predict(picture(), texts, score_threshold=0.95)[0]
    assert nothing.boxes_xyxy.shape == (0, 4)


def test_files_folders_and_arrays_come_in_order(predictor, tmp_path):
    for number in (2, 10):
        cv2.imwrite(str(tmp_path / f'f{number}.png'), picture(number, 5))
    found = predictor.predict([picture(), tmp_path, str(tmp_path / 'f2.png')], ['cat'])
    assert [item.size_wh[1] for item in found] == [16, 2, 10, 2]
    assert found[1].image == str(tmp_path / 'f2.png')


def test_pictures_are_read_when_their_batch_comes(predictor):
    taken = []

    def frames():
        for number in range(5):
            taken.append(number)
            yield picture()

    stream = predictor.stream(frames(), ['cat'], batch_size=2)
    next(stream)
    assert taken == [0, 1]
    assert len(list(stream)) == 4
    assert predictor.model.batch_sizes == [2, 2, 1]


def test_texts_are_encoded_once_for_all_images_and_calls(predictor):
    predictor.predict([picture()] * 5, ['cat', 'dog'], batch_size=2)
    predictor.predict(picture(), ['cat', 'dog'])
    assert predictor.model.encoded == [(['cat', 'dog'], False)]
    predictor.predict(picture(), ['cat', 'dog'], background=True)
    assert predictor.model.encoded[1:] == [(['cat', 'dog'], True)]


def test_two_streams_with_other_texts_do_not_disturb_each_other(predictor):
    first = predictor.stream([picture()] * 2, ['a', 'b'], batch_size=1)
    second = predictor.stream([picture()] * 2, ['c'], batch_size=1)
    assert [len(next(stream)) for stream in (first, second, first, second)] == [2, 1, 2, 1]


def test_without_texts_the_classes_of_the_recipe_are_looked_for(predictor, closed):
    assert predictor.predict(picture())[0].texts == ('cat', 'dog', 'bird')


def test_names_of_another_number_of_classes_are_not_given_to_a_closed_detector(closed):
    assert closed.predict(picture())[0].names == ['class 0', 'class 1', 'class 2', 'class 3']


def test_images_of_different_size_after_the_pipeline_are_not_stacked(predictor_recipe):
    options = {
        'test_dataloader.dataset.pipeline.1.keep_ratio': True,
        'model.type': 'ClosedSquareDetector',
    }
    predictor = Predictor.from_checkpoint(predictor_recipe, device='cpu', cfg_options=options)
    predictor.predict([picture(8, 8), picture(8, 8), picture(4, 8)])
    assert predictor.model.batch_sizes == [2, 1]


def test_weights_and_class_names_come_from_the_checkpoint(predictor_recipe, tmp_path):
    path = tmp_path / 'best.pth'
    weights = {'weight': torch.tensor([1.0, 2.0])}
    torch.save({'state_dict': weights, 'meta': {'dataset_meta': {'classes': ('x', 'y')}}}, path)
    options = ['model.type=ClosedSquareDetector', 'model.num_classes=2']
    predictor = Predictor.from_checkpoint(predictor_recipe, path, 'cpu', cfg_options=options)
    assert predictor.model.weight.tolist() == [1, 2]
    assert predictor.recipe_texts == ('x', 'y')


def test_a_loaded_config_is_taken_and_not_changed(predictor_recipe):
    config = load_config(predictor_recipe)
    options = {'model.type': 'ClosedSquareDetector'}
    predictor = Predictor.from_checkpoint(config, device='cpu', cfg_options=options)
    assert type(predictor.model).__name__ == 'ClosedSquareDetector'
    assert config.model.type == 'TextSquareDetector'


@pytest.mark.parametrize(
    ('texts', 'message'),
    [
        ('cat', r"expected a list, found one string; write \['cat'\]"),
        ([], 'texts: expected at least one class text, found none'),
        (['cat', ' '], 'texts: expected a text in entry 1, found the empty string'),
        (['cat', 'dog', 'cat'], "found 'cat' in entry 0 and again in entry 2"),
    ],
)
def test_texts_that_cannot_be_looked_for_are_named(predictor, texts, message):
    with pytest.raises(InputValueError, match=message):
        predictor.predict(picture(), texts)


def test_a_closed_detector_takes_no_texts(closed):
    with pytest.raises(InputValueError, match='finds a fixed list of 4 classes and takes no'):
        closed.predict(picture(), ['cat'])


def test_a_text_detector_without_recipe_classes_needs_texts(predictor):
    silent = Predictor(predictor.model, None)
    with pytest.raises(InputValueError, match='the recipe names no classes; give the texts'):
        silent.predict(picture())


@pytest.mark.parametrize(
    'image', [picture()[..., 0], picture().astype(np.float32), picture(0, 0), np.zeros((2, 2, 4))]
)
def test_arrays_that_are_no_bgr_images_are_named(predictor, image):
    with pytest.raises(InputValueError, match=r'expected an array \(H, W, 3\), uint8, BGR, found'):
        predictor.predict(image, ['cat'])


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'score_threshold': 1.5}, 'score_threshold: expected a value from 0 to 1, found 1.5'),
        ({'batch_size': 0}, 'expected at least 1, found 0 and 100'),
        ({'max_boxes': 301}, r'at most 300 boxes an image, asked for 301; raise model\.test_cfg'),
    ],
)
def test_options_out_of_range_are_named(predictor, options, message):
    with pytest.raises(InputValueError, match=message):
        predictor.predict(picture(), ['cat'], **options)


def test_files_that_are_missing_are_named(predictor, predictor_recipe, tmp_path):
    with pytest.raises(InputFileNotFoundError, match=r'no\.jpg: there is no such file'):
        predictor.predict(tmp_path / 'no.jpg')
    with pytest.raises(InputFileNotFoundError, match=r'no\.pth'):
        Predictor.from_checkpoint(predictor_recipe, tmp_path / 'no.pth', 'cpu')
    with pytest.raises(InputKeyError, match="type 'NoDetector'"):
        Predictor.from_checkpoint(
            predictor_recipe, device='cpu', cfg_options={'model.type': 'NoDetector'}
        )


def test_a_device_that_is_not_there_is_named(predictor_recipe):
    with pytest.raises(InputValueError, match=r"'cuda:99' is not there \(torch sees \d+ GPUs\)"):
        Predictor.from_checkpoint(predictor_recipe, device='cuda:99')
    with pytest.raises(InputValueError, match=r"expected auto, cpu, cuda .* found 'gpu'"):
        Predictor.from_checkpoint(predictor_recipe, device='gpu')


def test_a_vocabulary_is_set_once_and_then_used(predictor):
    predictor.set_vocabulary(['cat', 'dog'], background=True)
    assert predictor.texts == ('cat', 'dog')
    assert predictor.predict(picture())[0].texts == ('cat', 'dog')
    assert predictor.predict(picture(), ['cow'])[0].names == ['cow']
    assert predictor.predict(picture())[0].names == ['cat', 'dog']
    assert predictor.model.encoded == [
        (['cat', 'dog'], True),
        (['cow'], False),
        (['cat', 'dog'], True),
    ]
    predictor.set_vocabulary(None)
    assert predictor.predict(picture())[0].texts == ('cat', 'dog', 'bird')


def test_features_replace_encoded_texts_and_are_normalised(predictor):
    predictor.set_vocabulary(['cat', 'dog'], text_feats=np.array([[3.0, 4.0], [0.0, 2.0]]))
    assert predictor.predict(picture())[0].names == ['cat', 'dog']
    torch.testing.assert_close(predictor.model.text_feats, torch.tensor([[0.6, 0.8], [0.0, 1.0]]))
    assert predictor.model.encoded == []
    predictor.predict(picture(), ['cat', 'dog'])
    assert predictor.model.encoded == [(['cat', 'dog'], False)]


@pytest.mark.parametrize(
    ('feats', 'message'),
    [
        (np.ones((3, 4)), r'text_feats: expected shape \(2, D\).*found \(3, 4\)'),
        (np.ones(4), r'text_feats: expected shape \(2, D\).*found \(4,\)'),
        ([[1.0, 2.0], [0.0, 0.0]], "not all zero, found another in row 1 \\('dog'\\)"),
        ([[float('nan'), 2.0], [0.0, 0.0]], "not all zero, found another in row 0 \\('cat'\\)"),
    ],
)
def test_features_that_cannot_be_used_are_named(predictor, feats, message):
    with pytest.raises(InputValueError, match=message):
        predictor.set_vocabulary(['cat', 'dog'], text_feats=feats)
    assert predictor.predict(picture())[0].texts == ('cat', 'dog', 'bird')


def test_a_background_needs_a_text_encoder_when_features_are_given(predictor):
    with pytest.raises(InputValueError, match=r"TextSquareDetector has no text encoder for ' '"):
        predictor.set_vocabulary(['cat'], True, np.ones((1, 4)))


def test_a_background_that_contradicts_the_vocabulary_is_told(predictor):
    predictor.set_vocabulary(['cat'])
    with pytest.raises(InputValueError, match='was set with background=False, found True'):
        predictor.predict(picture(), background=True)


def test_a_closed_detector_takes_no_vocabulary(closed):
    with pytest.raises(InputValueError, match='finds a fixed list of 4 classes'):
        closed.set_vocabulary(['cat'])


def test_masks_come_in_the_size_of_the_picture_in_the_order_of_the_scores(predictor_recipe):
    options = {'model.type': 'MaskSquareDetector'}
    predictor = Predictor.from_checkpoint(predictor_recipe, device='cpu', cfg_options=options)
    (found,) = predictor.predict(picture(16, 24), ['a', 'b'], score_threshold=0.5)
    assert found.masks.shape == (1, 16, 24) and found.masks.dtype == bool
    assert found.masks.sum() == 16 * 12
    assert found.best_score == pytest.approx(0.9)


def test_three_lines_give_detections_of_supervision(predictor_recipe):
    pytest.importorskip('supervision', reason='supervision is not installed')
    predictor = Predictor.from_checkpoint(predictor_recipe, device='cpu')
    predictor.set_vocabulary(['red circle', 'helmet'])
    detections = predictor.predict(picture())[0].to_supervision()
    assert detections['class_name'].tolist() == ['red circle', 'helmet']
