import json

import pytest

from vl_runtime.downloads.transfer import discard, fetch, finish, part_of, require_space
from vl_runtime.errors import InputFileNotFoundError, InputPermissionError, InputValueError

DATA = bytes(range(256)) * 4096  # 1 MiB


def test_a_broken_connection_is_gone_on_with(server, tmp_path, progress):
    server.files['/a.bin'] = DATA
    server.cuts = [300_000, 400_000]
    target = tmp_path / 'sub' / 'a.bin'
    part = fetch(f'{server.url}/a.bin', target, progress)
    assert part.read_bytes() == DATA
    assert server.requests == [
        ('/a.bin', None), ('/a.bin', 'bytes=300000-'), ('/a.bin', 'bytes=700000-'),
    ]  # fmt: skip
    finish(part, target)
    assert [path.name for path in target.parent.iterdir()] == ['a.bin']


def test_a_later_run_goes_on_where_the_last_one_stopped(server, tmp_path, progress):
    server.files['/a.bin'] = DATA
    server.cuts = [100_000, 10, 10, 10]
    target = tmp_path / 'a.bin'
    with pytest.raises(InputValueError, match='the connection broke 4 times; 100030 bytes are in'):
        fetch(f'{server.url}/a.bin', target, progress)
    assert not target.exists() and part_of(target).stat().st_size == 100_030
    assert fetch(f'{server.url}/a.bin', target, progress).read_bytes() == DATA
    assert server.requests[-1] == ('/a.bin', 'bytes=100030-')
    fetch(f'{server.url}/a.bin', target, progress)  # complete: nothing is asked for
    assert len(server.requests) == 5


def test_a_file_that_changed_meanwhile_is_begun_again(server, tmp_path, progress):
    server.files['/a.bin'] = DATA
    server.cuts = [100_000, 0, 0, 0]
    with pytest.raises(InputValueError):
        fetch(f'{server.url}/a.bin', tmp_path / 'a.bin', progress)
    server.files['/a.bin'] = DATA[::-1]
    assert fetch(f'{server.url}/a.bin', tmp_path / 'a.bin', progress).read_bytes() == DATA[::-1]


def test_a_server_without_ranges_is_begun_again(server, tmp_path, progress):
    server.files['/a.bin'] = DATA
    server.ranges, server.cuts = False, [100_000]
    assert fetch(f'{server.url}/a.bin', tmp_path / 'a.bin', progress).read_bytes() == DATA


def test_parts_of_other_addresses_are_not_continued(server, tmp_path, progress):
    server.files['/a.bin'] = DATA
    part = part_of(tmp_path / 'a.bin')
    part.write_bytes(b'other')
    notes = {'url': 'http://other/a.bin', 'etag': '"x"', 'modified': '', 'size': len(DATA)}
    part.with_name('a.bin.part.json').write_text(json.dumps(notes))
    assert fetch(f'{server.url}/a.bin', tmp_path / 'a.bin', progress).read_bytes() == DATA
    discard(part)
    assert list(tmp_path.iterdir()) == []


def test_missing_files_and_servers_are_told(server, tmp_path, progress):
    with pytest.raises(InputFileNotFoundError, match=r'/no.bin: the server answers 404 \(Not Fou'):
        fetch(f'{server.url}/no.bin', tmp_path / 'a.bin', progress)
    with pytest.raises(InputFileNotFoundError, match='cannot be reached'):
        fetch('http://127.0.0.1:9/a.bin', tmp_path / 'a.bin', progress)


def test_a_disk_that_is_too_small_is_told_before(tmp_path):
    with pytest.raises(InputPermissionError, match=r'bytes left, 1000000000000000000 more are ne'):
        require_space(tmp_path / 'a.bin', 10**18)
