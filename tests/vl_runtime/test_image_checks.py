"""Image files: good ones have nothing to explain, bad ones are named."""

import pytest

from vl_runtime.errors import InputFileNotFoundError, InputValueError
from vl_runtime.image_checks import explain_elongated, explain_image_error

PNG = b'\x89PNG\r\n\x1a\n'


def test_good_image_has_nothing_to_explain(tmp_path):
    (tmp_path / 'a.png').write_bytes(PNG + b'1234')
    explain_image_error(tmp_path / 'a.png', decode=lambda path: path)


def test_bad_images_are_explained(tmp_path):
    path = tmp_path / 'a.png'
    with pytest.raises(
        InputFileNotFoundError, match=r'here: .*a.png: no such image; its folder is'
    ):
        explain_image_error(path, where='here: ')
    with pytest.raises(InputFileNotFoundError, match=r'this is a folder'):
        explain_image_error(tmp_path)
    path.touch()
    with pytest.raises(InputValueError, match=r'a file of zero bytes'):
        explain_image_error(path)
    path.write_bytes(b'hello')
    with pytest.raises(InputValueError, match=r"5 bytes that start with b'hello'"):
        explain_image_error(path)


def test_damaged_image_is_explained(tmp_path):
    path = tmp_path / 'a.png'
    path.write_bytes(PNG + b'12345678')

    def fail(name):
        raise OSError('broken stream')

    for decode in (fail, lambda name: None):
        with pytest.raises(InputValueError, match=r'cannot be decoded .16 bytes; is it cut off'):
            explain_image_error(path, decode)


def test_an_elongated_image_is_told():
    with pytest.raises(InputValueError, match=r'a.png: the image is 640 x 20 pixels; scaled to'):
        explain_elongated((20, 640), 'a.png')
    explain_elongated((21, 640), 'a.png')
