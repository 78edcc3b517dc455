import numpy as np
import pytest
from PIL import Image

from vl_runtime.converters.mask_file import read_mask
from vl_runtime.errors import InputFileNotFoundError, InputValueError

GREY = np.array([[0, 128, 255], [7, 0, 200]], np.uint8)


@pytest.mark.parametrize('mode', ['L', 'RGB', 'RGBA', 'P'])
def test_all_kinds_of_pictures_give_the_same_grey_values(tmp_path, mode):
    Image.fromarray(GREY).convert(mode).save(tmp_path / 'm.png')
    np.testing.assert_array_equal(read_mask(tmp_path / 'm.png'), GREY)


def test_one_and_sixteen_bits_are_scaled_to_eight(tmp_path):
    Image.fromarray(GREY > 100).save(tmp_path / 'one.png')
    np.testing.assert_array_equal(read_mask(tmp_path / 'one.png'), (GREY > 100) * 255)
    Image.fromarray(GREY.astype(np.uint16) * 257).save(tmp_path / 'deep.png')
    np.testing.assert_array_equal(read_mask(tmp_path / 'deep.png'), GREY)


@pytest.mark.parametrize('suffix', ['png', 'jpg'])
def test_half_a_mask_is_refused(tmp_path, suffix):
    path = tmp_path / f'm.{suffix}'
    Image.fromarray(np.random.randint(0, 255, (64, 64), np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:1500])
    with pytest.raises(InputValueError, match=rf'm\.{suffix}: cannot be read to its end as a mask'):
        read_mask(path)


def test_what_is_no_mask_is_named(tmp_path):
    with pytest.raises(InputFileNotFoundError, match=r'm\.png: '):
        read_mask(tmp_path / 'm.png')
    (tmp_path / 'm.png').write_bytes(b'')
    with pytest.raises(InputValueError, match='found a file of zero bytes'):
        read_mask(tmp_path / 'm.png')
    Image.fromarray(GREY.astype(np.float32)).save(tmp_path / 'm.tif')
    with pytest.raises(InputValueError, match='expected a mask of whole numbers, found fractions'):
        read_mask(tmp_path / 'm.tif')
