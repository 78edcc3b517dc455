import numpy as np

from vl_runtime.converters.conversion_report import ConversionReport
from vl_runtime.converters.yolo import read_yolo
from vl_runtime.image_files import write_image
from vl_runtime.prediction import Prediction
from vl_runtime.prediction_writer import PredictionWriter
from vl_runtime.yolo_labels import yolo_label_lines


def prediction(masks=None):
    boxes = np.array([[2, 4, 10, 8], [-1, 0, 5, 30]], np.float32)
    scores = np.array([0.9, 0.5], np.float32)
    return Prediction('a.png', (20, 16), boxes, scores, np.array([1, 0]), ('cat', 'dog'), masks)


def test_a_line_holds_class_centre_and_size_as_parts_of_the_picture():
    assert yolo_label_lines(prediction()) == [
        '1 0.300000 0.375000 0.400000 0.250000',
        '0 0.125000 0.500000 0.250000 1.000000',  # clipped to the picture
    ]


def test_masks_become_outlines_and_an_empty_one_the_corners_of_its_box():
    masks = np.zeros((2, 16, 20), bool)
    masks[0, 4:8, 2:10] = True
    masks[0, 12, 12] = True  # a small second piece is left out
    first, second = (line.split() for line in yolo_label_lines(prediction(masks)))
    corners = np.array(first[1:], float).reshape(-1, 2) * [20, 16]
    np.testing.assert_allclose(sorted(corners.tolist()), [[2, 4], [2, 7], [9, 4], [9, 7]])
    assert second == ['0', *['0.000000', '0.000000', '0.250000', '0.000000'],
                      *['0.250000', '1.000000', '0.000000', '1.000000']]  # fmt: skip


def test_the_converter_reads_what_was_written(tmp_path):
    image = np.zeros((16, 20, 3), np.uint8)
    write_image(tmp_path / 'images/a.png', image)
    writer = PredictionWriter(tmp_path, {}, pictures=False, yolo_labels=True)
    writer.add_image(prediction(), image, 'a.png', 'a.png')
    writer.finish(['cat', 'dog'])
    (read,), names = read_yolo(tmp_path, ConversionReport())
    assert names == ['cat', 'dog']
    assert [box.name for box in read.boxes] == ['dog', 'cat']
    np.testing.assert_allclose(read.boxes[0].box_xyxy, [2, 4, 10, 8], atol=1e-4)
