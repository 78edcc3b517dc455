import json

import pytest

from vl_runtime.converters.conversion_report import ConversionReport
from vl_runtime.errors import InputFileNotFoundError, InputValueError
from vlm_detector.converters.florence_lines import FlorenceLine, read_florence_lines


def test_a_line_is_written_and_read_in_the_published_form(tmp_path):
    suffix = 'drop<loc_732><loc_481><loc_748><loc_501>'
    line = FlorenceLine('', 'flipped_0 (1).jpg', suffix)
    text = line.to_json()
    assert text == json.dumps({'prefix': '<OD>', 'suffix': suffix, 'image': 'flipped_0 (1).jpg'})
    (tmp_path / 'a.jsonl').write_bytes(b'\xef\xbb\xbf' + text.encode() + b'\r\n\r\n')
    (read,) = read_florence_lines(tmp_path / 'a.jsonl', ConversionReport())
    assert (read.image, read.suffix) == (line.image, suffix)
    assert read.where == f'{tmp_path / "a.jsonl"}:1'


@pytest.mark.parametrize(
    ('row', 'message'),
    [
        (b'{"prefix": "<OD>", "suf', r'a\.jsonl:2: not valid JSON at column \d+ of 23 .*cut off'),
        (b'{"prefix": "<OD>", "image": "a.jpg"}', r":2: expected a text as 'suffix', found None"),
        (b'[1]', r":2: expected a text as 'prefix', found None"),
        (b'{"prefix": "<OD>", "suffix": "", "image": " "}', ':2: expected the file name of a pict'),
        (b'{"prefix": "\xff"}', ':2: expected UTF-8 text'),
    ],
)
def test_a_broken_line_is_named_with_its_number(tmp_path, row, message):
    good = FlorenceLine('', 'a.jpg', '').to_json().encode()
    (tmp_path / 'a.jsonl').write_bytes(good + b'\n' + row)
    report = ConversionReport()
    assert len(read_florence_lines(tmp_path / 'a.jsonl', report)) == 1
    with pytest.raises(InputValueError, match=message):
        report.refuse_broken(skip_broken=False)


def test_lines_of_other_tasks_are_left_out_and_counted(tmp_path):
    row = json.dumps({'prefix': '<CAPTION>', 'suffix': 'cloth', 'image': 'a.jpg'})
    path = tmp_path / 'a.jsonl'
    path.write_text(f'{row}\n{FlorenceLine("", "a.jpg", "").to_json()}\n')
    report = ConversionReport()
    assert len(read_florence_lines(path, report)) == 1
    assert report.lines() == [
        f'lines of another task than <OD> left out: 1 (first: {path}:1: <CAPTION>)'
    ]
    path.write_text(row)
    with pytest.raises(InputValueError, match='expected lines with the prefix <OD>, found none'):
        read_florence_lines(path, ConversionReport())
    with pytest.raises(InputFileNotFoundError, match=r'b\.jsonl: no such file'):
        read_florence_lines(tmp_path / 'b.jsonl', report)
