import cv2
import numpy as np
import pytest
from mmcv.transforms import LoadImageFromFile
from PIL import Image

from vl_runtime.errors import InputFileNotFoundError, InputPermissionError, InputValueError
from vl_runtime.image_files import (
    image_size,
    is_video,
    list_images,
    open_video,
    read_image,
    video_frames,
    write_image,
)


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b'x')


def test_images_of_a_folder_come_in_natural_order_and_nothing_else_does(tmp_path):
    touch(tmp_path, 'f10.jpg', 'f2.PNG', 'notes.txt', '.hidden.jpg', 'sub/f1.jpg')
    assert [path.name for path in list_images(tmp_path)] == ['f2.PNG', 'f10.jpg']
    names = [
        path.relative_to(tmp_path).as_posix() for path in list_images(tmp_path, recursive=True)
    ]
    assert names == ['f2.PNG', 'f10.jpg', 'sub/f1.jpg']


def test_a_file_is_taken_whatever_its_suffix(tmp_path):
    touch(tmp_path, 'picture.dat')
    assert list_images([tmp_path / 'picture.dat']) == [tmp_path / 'picture.dat']


def test_inputs_that_give_no_image_are_named(tmp_path):
    with pytest.raises(InputFileNotFoundError, match=r'no.jpg: there is no such file or folder'):
        list_images(tmp_path / 'no.jpg')
    touch(tmp_path, 'notes.txt')
    with pytest.raises(InputValueError, match=r'found 1 files .* \(sub-folders are not searched'):
        list_images(tmp_path)


def test_grey_alpha_and_sixteen_bits_become_bgr_of_eight(tmp_path):
    cv2.imwrite(str(tmp_path / 'grey.png'), np.full((4, 5), 77, np.uint8))
    cv2.imwrite(str(tmp_path / 'alpha.png'), np.full((4, 5, 4), (10, 20, 30, 0), np.uint8))
    cv2.imwrite(str(tmp_path / 'deep.png'), np.full((4, 5), 77 * 257, np.uint16))
    cv2.imwrite(str(tmp_path / 'dot.png'), np.full((1, 1), 9, np.uint8))
    for name, pixel in [('grey', [77] * 3), ('alpha', [10, 20, 30]), ('deep', [77] * 3)]:
        image = read_image(tmp_path / f'{name}.png')
        assert image.dtype == np.uint8
        assert image.shape == (4, 5, 3)
        assert image[0, 0].tolist() == pixel
    assert read_image(tmp_path / 'dot.png').shape == (1, 1, 3)


@pytest.mark.parametrize('mode', ['L', 'RGB', 'RGBA', 'I;16', 'P'])
def test_pictures_are_those_that_training_reads(tmp_path, mode):
    rng = np.random.default_rng(0)
    kind, bits = (np.uint16, 16) if mode == 'I;16' else (np.uint8, 8)
    pixels = rng.integers(0, 2**bits, (6, 7, 4), dtype=kind)
    pixels = {'RGB': pixels[..., :3], 'RGBA': pixels}.get(mode, pixels[..., 0])
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    path = tmp_path / 'a.png'
    (picture.convert('P') if mode == 'P' else picture).save(path)
    trained = LoadImageFromFile()({'img_path': str(path)})['img']
    np.testing.assert_array_equal(read_image(path), trained)


def test_the_orientation_tag_is_followed_and_the_size_agrees(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new('RGB', (30, 20)).save(tmp_path / 'turned.jpg', exif=exif)
    assert read_image(tmp_path / 'turned.jpg').shape == (30, 20, 3)
    assert image_size(tmp_path / 'turned.jpg') == (20, 30)


@pytest.mark.parametrize('read', [read_image, image_size])
def test_files_that_are_no_images_are_explained(tmp_path, read):
    touch(tmp_path, 'text.jpg')
    (tmp_path / 'empty.jpg').write_bytes(b'')
    with pytest.raises(InputValueError, match=r"text.jpg: expected an image .*b'x'"):
        read(tmp_path / 'text.jpg')
    with pytest.raises(InputValueError, match=r'empty.jpg: .* zero bytes'):
        read(tmp_path / 'empty.jpg')
    with pytest.raises(InputFileNotFoundError, match=r'no\.jpg: '):
        read(tmp_path / 'no.jpg')


def test_a_cut_image_is_explained(tmp_path):
    cv2.imwrite(str(tmp_path / 'a.png'), np.zeros((40, 50, 3), np.uint8))
    data = (tmp_path / 'a.png').read_bytes()
    (tmp_path / 'a.png').write_bytes(data[:20])
    with pytest.raises(InputValueError, match=r'a\.png: the file starts like an image but cannot'):
        read_image(tmp_path / 'a.png')


def test_pictures_are_written_whole(tmp_path):
    write_image(tmp_path / 'new' / 'a.png', np.full((4, 5, 3), 7, np.uint8))
    assert read_image(tmp_path / 'new' / 'a.png')[0, 0].tolist() == [7, 7, 7]
    assert [path.name for path in (tmp_path / 'new').iterdir()] == ['a.png']


def test_pictures_that_cannot_be_written_are_named(tmp_path):
    image = np.zeros((4, 5, 3), np.uint8)
    with pytest.raises(InputValueError, match=r"a.xyz: pictures can be written as .* not '.xyz'"):
        write_image(tmp_path / 'a.xyz', image)
    touch(tmp_path, 'file')
    with pytest.raises(InputPermissionError, match='cannot write here'):
        write_image(tmp_path / 'file' / 'a.png', image)


def test_a_video_is_read_frame_by_frame(clip):
    capture = open_video(clip)
    frames = list(video_frames(capture))
    capture.release()
    assert is_video(clip)
    assert [frame.shape for frame in frames] == [(48, 64, 3)] * 3
    assert [round(float(frame.mean()), -2) for frame in frames] == [0, 100, 200]


def test_a_file_that_is_no_video_is_named(tmp_path):
    touch(tmp_path, 'clip.mp4')
    with pytest.raises(InputValueError, match=r'clip\.mp4: expected a video'):
        open_video(tmp_path / 'clip.mp4')
    with pytest.raises(InputFileNotFoundError, match=r'no\.mp4'):
        open_video(tmp_path / 'no.mp4')
