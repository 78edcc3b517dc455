import json

import cv2
import numpy as np
import pytest
from pycocotools.coco import COCO

from vl_runtime.errors import InputFileNotFoundError, InputPermissionError, InputValueError
from vl_runtime.image_files import open_video, read_image, video_frames
from vl_runtime.inference import Predictor
from vl_runtime.predict_files import predict_files


@pytest.fixture
def predictor(predictor_recipe):
    return Predictor.from_checkpoint(predictor_recipe, device='cpu')


@pytest.fixture
def pictures(tmp_path):
    """Two pictures in a folder and one of the same name in a sub-folder."""
    for name, height in [('in/a.png', 16), ('in/b.png', 32), ('in/sub/a.png', 16)]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.full((height, 24, 3), 90, np.uint8))
    return tmp_path / 'in'


def content_of(out):
    return json.loads((out / 'predictions.json').read_text())


def test_the_json_is_a_coco_data_set_with_scores(predictor, pictures, tmp_path, capsys):
    out = tmp_path / 'out'
    writer, best = predict_files(
        predictor, [pictures], out, texts=['a', 'b'], score_threshold=0.5, info={'config': 'x'}
    )
    assert content_of(out)['annotations'][0] == {
        'id': 1,
        'image_id': 1,
        'category_id': 1,
        'bbox': [0.0, 0.0, 6.0, 4.0],
        'area': 24.0,
        'iscrowd': 0,
        'score': 0.9,
    }
    assert content_of(out)['categories'] == [{'id': 1, 'name': 'a'}, {'id': 2, 'name': 'b'}]
    assert content_of(out)['info'] == {
        'config': 'x',
        'texts': ['a', 'b'],
        'score_threshold': 0.5,
        'max_boxes': 100,
    }
    assert [image['file_name'] for image in content_of(out)['images']] == ['a.png', 'b.png']
    assert content_of(out)['images'][1]['height'] == 32
    assert len(COCO(out / 'predictions.json').getAnnIds(imgIds=[2])) == 1
    assert writer.boxes_of_class == {'a': 2}
    assert best == pytest.approx(0.9)
    assert sorted(path.name for path in (out / 'pictures').iterdir()) == ['a.jpg', 'b.jpg']
    assert read_image(out / 'pictures' / 'a.jpg').std() > 1


def test_an_image_without_a_box_is_listed_and_the_best_score_told(predictor, pictures, tmp_path):
    writer, best = predict_files(
        predictor, [pictures / 'a.png'], tmp_path / 'out', texts=['a'], score_threshold=0.95
    )
    assert writer.num_images == 1
    assert content_of(tmp_path / 'out')['annotations'] == []
    assert len(content_of(tmp_path / 'out')['images']) == 1
    assert best == pytest.approx(0.9)


def test_equal_names_get_different_pictures(predictor, pictures, tmp_path):
    inputs = [pictures / 'a.png', pictures / 'sub']
    predict_files(predictor, inputs, tmp_path / 'out', texts=['a'])
    names = sorted(path.name for path in (tmp_path / 'out' / 'pictures').iterdir())
    assert names == ['a.jpg', 'a_2.jpg']
    predict_files(predictor, [pictures], tmp_path / 'deep', texts=['a'], recursive=True)
    assert (tmp_path / 'deep' / 'pictures' / 'sub' / 'a.jpg').is_file()


def test_pictures_can_be_left_out(predictor, pictures, tmp_path):
    predict_files(predictor, [pictures], tmp_path / 'out', texts=['a'], pictures=False)
    assert [path.name for path in (tmp_path / 'out').iterdir()] == ['predictions.json']


def test_files_that_cannot_be_read_are_named_and_the_rest_goes_on(predictor, pictures, tmp_path):
    (pictures / 'aa.jpg').write_bytes(b'')
    broken = tmp_path / 'broken.mp4'
    broken.write_bytes(b'x')
    writer, _ = predict_files(predictor, [pictures, broken], tmp_path / 'out', texts=['a'])
    assert writer.num_images == 2
    left_out = content_of(tmp_path / 'out')['left_out']
    assert [item['path'] for item in left_out] == [str(pictures / 'aa.jpg'), str(broken)]
    assert 'zero bytes' in left_out[0]['reason']
    assert 'expected a video' in left_out[1]['reason']


def test_a_video_becomes_a_video_and_an_image_entry_for_each_frame(predictor, clip, tmp_path):
    out = tmp_path / 'out'
    writer, _ = predict_files(predictor, [clip], out, texts=['a'], batch_size=2)
    assert [image['frame'] for image in content_of(out)['images']] == [0, 1, 2]
    assert writer.boxes_of_class == {'a': 3}
    capture = open_video(out / 'pictures' / 'clip.mp4')
    assert capture.get(cv2.CAP_PROP_FPS) == 5
    assert len(list(video_frames(capture))) == 3
    capture.release()
    lines = (out / 'frames' / 'clip.jsonl').read_text().splitlines()
    frames = [json.loads(line) for line in lines]
    assert [(frame['frame'], frame['time_s']) for frame in frames] == [(0, 0), (1, 0.2), (2, 0.4)]
    assert frames[2]['boxes'][0]['text'] == 'a'
    predict_files(predictor, [clip], tmp_path / 'json', texts=['a'], pictures=False)
    assert len(content_of(tmp_path / 'json')['images']) == 3
    assert not (tmp_path / 'json' / 'pictures').exists()


def test_recipe_classes_are_the_categories_without_texts(predictor, pictures, tmp_path):
    predict_files(predictor, [pictures], tmp_path / 'out', pictures=False)
    names = [category['name'] for category in content_of(tmp_path / 'out')['categories']]
    assert names == ['cat', 'dog', 'bird']


def test_progress_knows_the_number_of_images(predictor, pictures, tmp_path):
    seen = []

    def progress(items, **options):
        seen.append(options)
        return items

    predict_files(predictor, [pictures], tmp_path / 'out', texts=['a'], progress=progress)
    assert seen == [{'total': 2, 'unit': 'image'}]


def test_wrong_inputs_stop_before_anything_runs(predictor, pictures, tmp_path):
    with pytest.raises(InputFileNotFoundError, match='there is no such file'):
        predict_files(predictor, [pictures, tmp_path / 'no'], tmp_path / 'out', texts=['a'])
    with pytest.raises(InputPermissionError, match='cannot be made'):
        predict_files(predictor, [pictures], pictures / 'a.png' / 'out', texts=['a'])
    assert predictor.model.batch_sizes == []


def test_an_image_without_a_pixel_at_input_size_is_left_out(predictor, pictures, tmp_path):
    cv2.imwrite(str(pictures / 'line.png'), np.zeros((1, 900, 3), np.uint8))
    squeeze = predictor._pipeline

    def resize(data):
        if data['img'].shape[0] == 1:
            cv2.resize(data['img'], (160, 0))
        return squeeze(data)

    predictor._pipeline = resize
    writer, _ = predict_files(predictor, [pictures], tmp_path / 'out', texts=['a'])
    assert writer.num_images == 2
    assert 'the image is 900 x 1 pixels; scaled to the input' in writer.left_out[0]['reason']


@pytest.mark.parametrize('threshold', [-0.1, 2, float('nan')])
def test_a_threshold_outside_0_to_1_is_told(predictor, pictures, tmp_path, threshold):
    with pytest.raises(InputValueError, match='score_threshold: expected a value from 0 to 1'):
        predict_files(predictor, [pictures], tmp_path / 'out', score_threshold=threshold)
    assert not (tmp_path / 'out').exists()


def test_without_texts_the_vocabulary_that_was_set_is_looked_for(predictor, pictures, tmp_path):
    predictor.set_vocabulary(['wheel'], background=True)
    writer, _ = predict_files(predictor, [pictures], tmp_path / 'out', pictures=False)
    assert set(writer.boxes_of_class) == {'wheel'}
    assert content_of(tmp_path / 'out')['info']['texts'] == ['wheel']
    assert predictor.model.encoded == [(['wheel'], True)]


def test_masks_are_run_lengths_in_the_json(predictor_recipe, pictures, tmp_path):
    options = {'model.type': 'MaskSquareDetector'}
    predictor = Predictor.from_checkpoint(predictor_recipe, device='cpu', cfg_options=options)
    predict_files(predictor, [pictures], tmp_path / 'out', texts=['a'])
    content = content_of(tmp_path / 'out')
    annotation, image = content['annotations'][0], content['images'][0]
    width, height = image['width'], image['height']
    assert annotation['segmentation']['size'] == [height, width]
    assert annotation['area'] == height * (width // 2)


def test_label_files_and_a_window_on_request(predictor, pictures, tmp_path):
    out, shown = tmp_path / 'out', []
    writer, _ = predict_files(
        predictor,
        [pictures],
        out,
        texts=['a', 'b'],
        score_threshold=0.5,
        pictures=False,
        yolo_labels=True,
        show=lambda picture, path: shown.append((picture.shape[2], path)),
    )
    labels = list((out / 'labels').rglob('*.txt'))
    assert len(labels) == writer.num_images == len(shown)
    assert shown[0][0] == 3
    assert all(path.read_text().startswith('0 ') for path in labels)
    assert (out / 'classes.txt').read_text() == 'a\nb\n'
