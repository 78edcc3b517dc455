import json

import pytest

from vl_runtime.errors import InputValueError
from vl_runtime.metrics.results_file import check_format_only, write_results

ROW = {'image_id': 3, 'category_id': 10, 'bbox': [1.0, 2.0, 3.0, 4.0], 'score': 0.5}


def test_rows_are_written_beside_the_prefix(tmp_path):
    write_results(str(tmp_path / 'out' / 'pred'), [ROW])
    assert json.loads((tmp_path / 'out' / 'pred.bbox.json').read_text()) == [ROW]


def test_writing_only_needs_a_place():
    check_format_only('AnyMetric', True, 'pred')
    check_format_only('AnyMetric', False, None)
    with pytest.raises(InputValueError, match=r'^AnyMetric: format_only=True .* outfile_prefix'):
        check_format_only('AnyMetric', True, None)
