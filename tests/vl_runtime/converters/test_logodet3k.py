import json
import unicodedata

import cv2
import numpy as np
import pytest

from vl_runtime.converters import convert_logodet3k
from vl_runtime.errors import InputFileNotFoundError, InputValueError

BOX = (10, 20, 50, 60)


def add(root, industry, brand, stem='1', *, name=None, box=BOX, width=100):
    folder = root / industry / brand
    folder.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(folder / f'{stem}.jpg'), np.full((80, 100, 3), 128, np.uint8))
    corners = ''.join(
        f'<{tag}>{value}</{tag}>'
        for tag, value in zip(('xmin', 'ymin', 'xmax', 'ymax'), box, strict=True)
    )
    name = (name or brand).replace('&', '&amp;')
    (folder / f'{stem}.xml').write_text(
        f'<annotation><size><width>{width}</width><height>80</height></size>'
        f'<object><name>{name}</name><bndbox>{corners}</bndbox></object></annotation>'
    )
    return folder


def converted(root, **options):
    lines = convert_logodet3k(root, root.parent / 'out', **options)
    content = json.loads((root.parent / 'out/annotations/instances_all.json').read_text())
    return '\n'.join(lines), content


@pytest.fixture
def root(tmp_path):
    add(tmp_path / 'logos', 'Food', 'Coca-Cola')
    return tmp_path / 'logos'


def test_brands_are_categories_and_industries_their_supercategories(root):
    add(root, 'Food', "Ben & Jerry's")
    add(root, 'Clothes', 'H&M #1 (50%)')
    add(root, 'Sports', '阿迪达斯')
    text, content = converted(root)
    assert [(c['id'], c['name'], c['supercategory']) for c in content['categories']] == [
        (1, "Ben & Jerry's", 'Food'),
        (2, 'Coca-Cola', 'Food'),
        (3, 'H&M #1 (50%)', 'Clothes'),
        (4, '阿迪达斯', 'Sports'),
    ]
    names = [image['file_name'] for image in content['images']]
    assert '../logos/Sports/阿迪达斯/1.jpg' in names
    assert all((root.parent / 'out' / name).is_file() for name in names)
    assert {tuple(a['bbox']) for a in content['annotations']} == {(10, 20, 40, 40)}
    assert "4 brands of 3 industries: ['Clothes', 'Food', 'Sports']" in text


def test_a_brand_of_two_industries_becomes_two_categories(root):
    add(root, 'Clothes', 'Alpha')
    add(root, 'Electronic', 'Alpha')
    text, content = converted(root)
    names = {c['name']: c['supercategory'] for c in content['categories']}
    assert names == {
        'Alpha (Clothes)': 'Clothes',
        'Alpha (Electronic)': 'Electronic',
        'Coca-Cola': 'Food',
    }
    assert 'named BRAND (INDUSTRY): 1 (first: Alpha in Clothes, Electronic)' in text
    add(root, 'Food', 'Alpha (Clothes)')
    with pytest.raises(InputValueError, match=r"would both be called 'Alpha \(Clothes\)'; rename"):
        converted(root)


def test_names_of_both_unicode_forms_are_one_brand(root):
    name = 'Häagen-Dazs'
    folder = add(root, 'Food', unicodedata.normalize('NFD', name), name=name)
    text, content = converted(root)
    assert content['categories'][1]['name'] == unicodedata.normalize('NFC', name)
    assert 'objects called other' not in text and folder.is_dir()


def test_what_is_broken_is_left_out_and_told_and_the_rest_converted(root):
    add(root, 'Food', 'A', '1').joinpath('1.xml').write_text('<annotation>\n<object>')
    add(root, 'Food', 'A', '2').joinpath('2.jpg').unlink()
    add(root, 'Food', 'A', '3').joinpath('3.jpg').write_bytes(b'')
    add(root, 'Food', 'A', '4', box=(500, 0, 600, 10))
    add(root, 'Food', 'A', '5', box=(90, 0, 600, 10), width=17, name='other')
    add(root, 'Food', 'A', '6').joinpath('6.xml').unlink()
    (root / 'Food' / 'loose.jpg').write_bytes(b'')
    text, content = converted(root)
    assert len(content['images']) == 2
    assert 'broken images left out: 4 (first: ' in text and '1.xml:2: expected XML' in text
    assert 'boxes outside their image left out: 1' in text
    assert 'boxes clipped to their image: 1' in text
    assert 'or with another (the image counts): 1' in text
    assert 'images without an XML file left out: 1' in text
    assert 'files outside INDUSTRY/BRAND left out: 1' in text
    assert 'called other than their folder (the folder counts): 1 (first: ' in text


@pytest.mark.parametrize(
    ('box', 'message'),
    [
        ((500, 0, 600, 10), r'Coca-Cola/1.xml: expected at least one usable object'),
        (('x', 0, 600, 10), r"expected a number in <xmin>, found 'x'"),
    ],
)
def test_nothing_left_names_the_first_reason(root, box, message):
    add(root, 'Food', 'Coca-Cola', box=box)
    with pytest.raises(InputValueError, match=f'no image is left to convert; the .*{message}'):
        converted(root)


def test_a_missing_picture_is_named(root):
    (root / 'Food/Coca-Cola/1.jpg').unlink()
    with pytest.raises(InputValueError, match=r'expected its image 1\.jpg beside it, found none'):
        converted(root)


def test_another_layout_is_told_with_the_right_folder(root):
    with pytest.raises(InputValueError, match='look like brands; give the folder above'):
        converted(root / 'Food')
    with pytest.raises(InputValueError, match='those of one brand; give the folder two above'):
        converted(root / 'Food' / 'Coca-Cola')
    with pytest.raises(InputValueError, match=rf'found none\. Did you mean {root}\?'):
        converted(root.parent)
    with pytest.raises(InputFileNotFoundError, match='there is no such folder; it holds INDUSTRY'):
        converted(root / 'none')


def test_a_split_by_shares_is_by_image(root):
    for number in range(2, 11):
        add(root, 'Food', 'Coca-Cola', str(number))
    lines = convert_logodet3k(root, split='train=0.8,test=0.2')
    assert lines[0].startswith('train: 8 images') and lines[1].startswith('test: 2 images')
