import numpy as np

from tests.vl_runtime.reports.results import result
from vl_runtime.image_files import write_image
from vl_runtime.reports.result_pictures import caption_of, draw_result, shown_boxes, worst_and_best
from vl_runtime.short_names import short_names

BOX = (10, 10, 60, 60)


def test_worst_and_best_are_told_apart_and_no_picture_is_in_both():
    results = [
        result(key, [((10, 10, 60, 10 + height), 0.9, 0)], [(BOX, 0)])
        for key, height in enumerate((50, 10, 30, 40))
    ]
    worst, best = worst_and_best([*results, result('empty')], 3)
    assert [one.key for one in worst] == ['1', '2', '3'] and [one.key for one in best] == ['0']
    names = short_names(one.path for one in results)
    assert caption_of(worst[0], names) == '1.png: mean IoU 0.20'


def test_of_a_dense_detector_only_what_anyone_would_show_is_drawn():
    boxes = [(BOX, score, 0) for score in (0.1, 0.5, 0.31, 0.29)]
    assert shown_boxes(result(1, boxes)).tolist() == [1, 2]
    assert shown_boxes(result(1, boxes[:1])).tolist() == [0]
    assert shown_boxes(result(1, boxes, answer='[...]')).tolist() == [1, 2, 3, 0]
    assert shown_boxes(result(1)).tolist() == []


def test_annotated_boxes_are_green_and_predicted_ones_red(tmp_path):
    write_image(tmp_path / 'a.png', np.full((600, 600, 3), 128, np.uint8))
    one = result(
        1,
        [((300, 300, 500, 500), 0.9, 0)],
        [((50, 50, 200, 200), 0)],
        path=str(tmp_path / 'a.png'),
    )
    picture = draw_result(one, ['cat'])
    green, red = picture[100:150, 50].mean(0), picture[400:450, 300].mean(0)
    assert green.argmax() == 1 and red.argmax() == 2
