"""The table and the page of the demo."""

from vlm_detector.demo.evaluation import ShapesScores
from vlm_detector.demo.report import report_page, score_table

SCORES = ShapesScores(
    taught_ap=0.5,
    untaught_ap=0.125,
    mean_iou=0.75,
    success=0.875,
    located_iou=0.625,
    shuffled_iou=0.0625,
    test_mean_iou=0.25,
    test_success=0.375,
    parse_rate=1.0,
)


def cells(line):
    return [cell.strip() for cell in line.strip('|').split('|')]


def test_the_table_has_one_row_a_model_and_a_dash_where_nothing_is_parsed():
    yolo = ShapesScores(**{**SCORES.as_dict(), 'parse_rate': None})

    lines = score_table({'YOLO': yolo, 'VLM': SCORES}).splitlines()

    header, rows = cells(lines[0]), [cells(line) for line in lines[2:]]
    numbers = ['0.500', '0.125', '0.750', '0.875', '0.625', '0.062', '0.250', '0.375']
    assert rows == [['YOLO', *numbers, '-'], ['VLM', *numbers, '1.000']]
    assert dict(zip(header, rows[1]))['mean IoU'] == '0.750'


def test_the_page_shows_table_times_notes_and_the_pictures_of_the_models_that_ran():
    page = report_page({'Qwen3-VL tiny': SCORES}, {'train': 12.4}, ['no YOLO'])

    assert score_table({'Qwen3-VL tiny': SCORES}) in page
    assert '* no YOLO' in page and '| train |      12 |' in page
    assert '![answers](qwen3_vl/answers.png)' in page and 'florence2' not in page
