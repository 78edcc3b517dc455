import hashlib

import pytest

from vl_runtime.downloads import Checksums, check_entry, download_entry
from vl_runtime.downloads.entry import DownloadEntry, DownloadFile
from vl_runtime.errors import InputFileNotFoundError, InputValueError


@pytest.fixture
def checksums(tmp_path):
    return Checksums(tmp_path / 'checksums.json')


@pytest.fixture
def entry(server):
    digest = hashlib.sha256(b'weights').hexdigest()
    name = f'net-{digest[:8]}.pth'
    server.files[f'/{name}'] = b'weights'
    file = DownloadFile(name, f'{server.url}/{name}')
    return DownloadEntry('net', 'weights', (file,), 'https://page', 'MIT', 'weights')


def test_an_unknown_checksum_is_recorded_and_another_file_refused(
    entry, server, tmp_path, checksums, progress
):
    (line,) = download_entry(entry, tmp_path, checksums, progress=progress)
    target = tmp_path / 'weights' / entry.files[0].name
    assert target.read_bytes() == b'weights'
    assert 'sha256 was not known' in line and line.endswith('which agrees with its name')
    (line,) = download_entry(entry, tmp_path, checksums, progress=progress)
    assert line.endswith('already there, sha256 as expected') and len(server.requests) == 1
    target.unlink()
    server.files[f'/{target.name}'] = b'others!'
    with pytest.raises(InputValueError, match='damaged or was replaced at its source'):
        list(download_entry(entry, tmp_path, checksums, progress=progress))
    assert list(target.parent.iterdir()) == []


def test_a_published_checksum_is_held_against_the_file(server, tmp_path, checksums, progress):
    server.files['/a'] = b'damaged'
    file = DownloadFile('a', f'{server.url}/a', hashlib.sha256(b'whole').hexdigest())
    entry = DownloadEntry('a', 'data', (file,), 'https://page', 'MIT', 'a')
    with pytest.raises(InputValueError, match=r'expected sha256 \w+ \(published\), found'):
        list(download_entry(entry, tmp_path, checksums, progress=progress))
    server.files['/a'] = b'whole'
    (line,) = download_entry(entry, tmp_path, checksums, progress=progress)
    assert line.endswith('5 bytes, sha256 as expected') and not checksums.path.exists()


def test_mirrors_are_folders_or_addresses(entry, server, tmp_path, checksums, progress):
    name = entry.files[0].name
    mirror = tmp_path / 'mirror'
    mirror.mkdir()
    with pytest.raises(InputFileNotFoundError, match='the mirror has neither weights/net-'):
        list(download_entry(entry, tmp_path, checksums, mirror=str(mirror), progress=progress))
    (mirror / name).write_bytes(b'weights')
    list(download_entry(entry, tmp_path / '1', checksums, mirror=str(mirror), progress=progress))
    assert (tmp_path / '1' / 'weights' / name).is_file() and not server.requests
    archive = str(mirror / name)
    list(download_entry(entry, tmp_path / '3', checksums, mirror=archive, progress=progress))
    assert (tmp_path / '3' / 'weights' / name).read_bytes() == b'weights' and not server.requests
    list(download_entry(entry, tmp_path / '2', checksums, mirror=server.url, progress=progress))
    assert [path for path, _ in server.requests] == [f'/weights/{name}', f'/{name}']


def test_what_can_not_be_fetched_is_told_with_its_place(
    entry, server, tmp_path, checksums, progress
):
    server.files.clear()
    with pytest.raises(InputFileNotFoundError, match=r'404 .* By hand: https://page, then put it'):
        list(download_entry(entry, tmp_path, checksums, progress=progress))
    hand = DownloadEntry('o', 'data', (), 'https://page', 'own', 'o365', by_hand='accept')
    with pytest.raises(InputFileNotFoundError, match=r'by hand from https://page: accept; put it'):
        list(download_entry(hand, tmp_path, checksums, progress=progress))
    with pytest.raises(InputFileNotFoundError, match='a mirror is of no use'):
        list(download_entry(hand, tmp_path, checksums, mirror='x', progress=progress))


def test_checking_fetches_nothing(entry, server, tmp_path, checksums, progress):
    assert [fine for fine, _ in check_entry(entry, tmp_path, checksums)] == [False]
    target = tmp_path / 'weights' / entry.files[0].name
    target.parent.mkdir()
    target.write_bytes(b'weights')
    ((fine, line),) = check_entry(entry, tmp_path, checksums)
    assert fine and line.endswith('there, sha256 not known') and not server.requests
    checksums.record(f'net/{target.name}', '0' * 64)
    ((fine, line),) = check_entry(entry, tmp_path, checksums)
    assert not fine and line.endswith('ANOTHER sha256 than expected')
