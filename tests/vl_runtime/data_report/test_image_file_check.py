import cv2
import numpy as np
import pytest
from PIL import Image

from vl_runtime.data_report import check_annotation_file
from vl_runtime.data_report.image_file_check import read_facts


def test_missing_empty_and_foreign_files_are_told_apart(content, write, tmp_path):
    write(content)
    (tmp_path / '1.png').unlink()
    (tmp_path / '2.png').write_bytes(b'no picture')
    findings = check_annotation_file(tmp_path / 'ann.json', image_folder=str(tmp_path)).findings
    missing, broken = findings
    assert missing.message == 'image that is not there' and '1.png: no such' in missing.examples[0]
    assert broken.message == 'image that cannot be read'
    assert 'found 10 bytes that start with' in broken.examples[0]


def test_a_cut_jpeg_is_an_error(tmp_path):
    path = tmp_path / 'a.jpg'
    cv2.imwrite(str(path), np.random.randint(0, 255, (64, 96, 3), np.uint8))
    whole = read_facts(path)
    assert whole.size_wh == (96, 64) and not whole.broken
    path.write_bytes(path.read_bytes()[:-2000])
    facts = read_facts(path)
    assert 'is it cut off or damaged?' in facts.broken and facts.digest != whole.digest


def test_the_orientation_tag_swaps_the_sides(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new('RGB', (40, 30)).save(tmp_path / 'a.jpg', exif=exif)
    assert read_facts(tmp_path / 'a.jpg').size_wh == (30, 40)
    assert cv2.imread(str(tmp_path / 'a.jpg')).shape[:2] == (40, 30)


def test_another_size_and_equal_bytes_are_found(found, content, write, tmp_path):
    write(content)
    (tmp_path / '2.png').write_bytes((tmp_path / '1.png').read_bytes())
    content['images'][0]['width'] = 80
    rows = found(content)
    assert [row[:3] for row in rows] == [('error', 'images', 1), ('warning', 'images', 1)]
    assert rows[0][4].endswith('1.png is 40 x 30 pixels, the file states 80 x 30')
    assert rows[1][4].endswith(f'2.png has the bytes of {tmp_path / "1.png"}')


@pytest.mark.parametrize('mode', ['exist', 'skip'])
def test_files_are_not_decoded_when_not_asked_for(found, content, write, tmp_path, mode):
    write(content)
    (tmp_path / '1.png').write_bytes(b'no picture')
    assert found(content, images=mode) == []


def test_a_format_that_only_opencv_reads_is_fine(tmp_path):
    pixels = np.random.randint(0, 255, (30, 40, 3), np.uint8)
    (tmp_path / 'a.pic').write_bytes(cv2.imencode('.hdr', pixels.astype(np.float32))[1].tobytes())
    facts = read_facts(tmp_path / 'a.pic')
    assert facts.size_wh == (40, 30) and not facts.broken
