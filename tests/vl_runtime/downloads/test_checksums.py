import pytest

from vl_runtime.downloads import Checksums
from vl_runtime.errors import InputValueError


def test_a_record_that_is_no_object_is_refused(tmp_path):
    (tmp_path / 'c.json').write_text('[]')
    with pytest.raises(InputValueError, match=r'c.json: expected a JSON object of checksums'):
        Checksums(tmp_path / 'c.json').expected('a')


def test_published_digests_come_first(tmp_path):
    checksums = Checksums(tmp_path / 'sub' / 'c.json')
    checksums.record('a', '1')
    checksums.record('b', '2')
    assert [checksums.expected('a'), checksums.expected('b', '3')] == ['1', '3']
