import json
import zipfile

import cv2

from vl_runtime.compat.plain_pickle import read_plain_pickle
from vl_runtime.converters.conversion_report import ConversionReport
from vl_runtime.converters.logodet3k import read_logodet3k
from vlm_detector.examples import sample_data
from vlm_detector.examples.logo_pictures import BRANDS


def test_drawn_logos_are_read_as_the_original_and_lie_in_their_boxes(small_samples, tmp_path):
    sample_data.logos(small_samples, tmp_path)
    with zipfile.ZipFile(tmp_path / 'LogoDet-3K.zip') as archive:
        archive.extractall(tmp_path)
    report = ConversionReport()
    images, industry_of = read_logodet3k(tmp_path / 'LogoDet-3K', report)
    assert industry_of == {b: industry for industry, brands in BRANDS.items() for b in brands}
    assert len(images) == 24 and len(report.broken) == 1
    for number, image in enumerate(images[:3]):
        (box,) = image.boxes
        picture = cv2.imread(str(tmp_path / 'LogoDet-3K' / image.file_name))
        x1, y1, x2, y2 = map(round, box.box_xyxy)
        assert picture[y1 + 4 : y2 - 4, x1 + 4 : x2 - 4].max() > 230, number
    again = tmp_path / 'again'
    again.mkdir()
    sample_data.logos(small_samples, again)
    assert _checksums(tmp_path) == _checksums(again)


def _checksums(folder):
    with zipfile.ZipFile(folder / 'LogoDet-3K.zip') as archive:
        return [item.CRC for item in archive.infolist()]


def test_phrases_name_the_side_where_the_object_is(small_samples, tmp_path):
    (small_samples / 'saliency_small/images').mkdir(parents=True)
    (small_samples / 'saliency_small/maps_u2net').mkdir()
    sample_data.main_subject(small_samples, tmp_path)
    with zipfile.ZipFile(tmp_path / 'refcoco.zip') as archive:
        archive.extractall(tmp_path)
    references = read_plain_pickle(tmp_path / 'refcoco/refs(unc).p')
    instances = json.loads((tmp_path / 'refcoco/instances.json').read_text())
    left_of = {one['id']: one['bbox'][0] for one in instances['annotations']}
    sides = {
        sentence['sent']: left_of[reference['ann_id']]
        for reference in references
        for sentence in reference['sentences']
    }
    assert sides == {
        'the largest cat': 200,
        'the cat on the left': 10,
        'the cat on the right': 200,
    }
    assert (tmp_path / 'data/coco/train2014/1.jpg').is_file()
