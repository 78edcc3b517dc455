import json

import numpy as np
import pytest

from composed_retrieval.ranking.gallery_index import GalleryIndex, GalleryIndexWriter, IndexKey
from vl_runtime.errors import InputFileNotFoundError, InputValueError

KEY = IndexKey('weights', 'steps', 'pictures')


@pytest.fixture
def folder(tmp_path):
    writer = GalleryIndexWriter(tmp_path / 'index', ['a', 'b'], KEY)
    rows = writer.begin(3, 4)
    rows[:] = np.arange(24).reshape(2, 3, 4)
    writer.join()[1, 0, 0] = 99  # another process
    rows.flush()
    writer.finish()
    return tmp_path / 'index'


def test_what_was_written_is_mapped_in_half_precision(folder):
    index = GalleryIndex.open(folder, KEY)
    assert index.names == ('a', 'b') and index.features.dtype == np.float16
    assert isinstance(index.features, np.memmap)
    assert index.features[0, 2, 3] == 11 and index.features[1, 0, 0] == 99


@pytest.mark.parametrize(
    ('key', 'what'),
    [
        (IndexKey('other', 'steps', 'pictures'), 'weights'),
        (IndexKey('weights', 'other', 'pictures'), 'preprocessing'),
        (IndexKey('weights', 'steps', 'other'), 'pictures'),
    ],
)
def test_an_index_of_other_weights_is_refused(folder, key, what):
    with pytest.raises(InputValueError, match=f'built with other {what}: expected the fingerprint'):
        GalleryIndex.open(folder, key)
    assert GalleryIndex.open(folder).key == KEY


def test_an_unfinished_index_is_none(folder):
    GalleryIndexWriter(folder, ['a'], KEY).begin(1, 1)
    with pytest.raises(InputFileNotFoundError, match=r'index\.json'):
        GalleryIndex.open(folder, KEY)


def test_damaged_files_are_told(folder):
    path = folder / 'index.json'
    about = json.loads(path.read_text())
    for content, message in (
        ('{', 'not a gallery index'),
        (json.dumps({**about, 'format_version': 9}), 'version 1, found'),
        (json.dumps({**about, 'names': ['a']}), 'expected features of 1 pictures'),
    ):
        path.write_text(content)
        with pytest.raises(InputValueError, match=message):
            GalleryIndex.open(folder, KEY)
