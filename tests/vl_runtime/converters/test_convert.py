import json

import pytest

from vl_runtime.converters import convert_voc, convert_yolo
from vl_runtime.errors import InputFileNotFoundError, InputPermissionError, InputValueError


def boxes_of(path):
    content = json.loads(path.read_text())
    names = {item['id']: item['name'] for item in content['categories']}
    return [(names[item['category_id']], item['bbox']) for item in content['annotations']]


def test_voc_coordinates_are_kept_and_classes_sorted(make_voc, tmp_path):
    root = make_voc({'a': [('dog', (1, 2, 30, 40)), ('cat', (0, 0, 100, 80))]})
    lines = convert_voc(root, tmp_path / 'out')
    assert boxes_of(tmp_path / 'out' / 'annotations' / 'instances_all.json') == [
        ('dog', [1, 2, 29, 38]),
        ('cat', [0, 0, 100, 80]),
    ]
    assert lines == [
        'all: 1 images (0 without a box), 2 boxes: cat 1, dog 1',
        "classes in this order: ('cat', 'dog')",
        f'written: {tmp_path / "out" / "annotations" / "instances_all.json"}',
    ]


def test_one_based_pixel_numbers_become_edges(make_voc, tmp_path):
    root = make_voc({'a': [('cat', (1, 1, 100, 80))]})
    convert_voc(root, tmp_path, one_based=True)
    assert boxes_of(tmp_path / 'annotations' / 'instances_all.json') == [('cat', [0, 0, 100, 80])]


def test_image_sets_are_the_splits_and_class_lists_are_not(make_voc, tmp_path):
    root = make_voc({stem: [('cat', (1, 2, 30, 40))] for stem in 'abcd'})
    sets = root / 'ImageSets' / 'Main'
    sets.mkdir(parents=True)
    (sets / 'train.txt').write_text('a\nb\n')
    (sets / 'val.txt').write_text('b\n')
    (sets / 'cat_train.txt').write_text('a 1\nb -1\n')
    lines = convert_voc(root, tmp_path / 'out')
    assert sorted(path.name for path in (tmp_path / 'out' / 'annotations').iterdir()) == [
        'instances_train.json',
        'instances_val.json',
    ]
    assert any(line.startswith('images of no split left out: 2 (first: c.png)') for line in lines)
    assert any(line.startswith('images both in train and val') for line in lines)


def test_a_split_by_seed_wins_over_image_sets(make_voc, tmp_path):
    root = make_voc({stem: [('cat', (1, 2, 30, 40))] for stem in 'abcd'})
    (root / 'ImageSets' / 'Main').mkdir(parents=True)
    (root / 'ImageSets' / 'Main' / 'train.txt').write_text('absent\n')
    lines = convert_voc(root, tmp_path / 'out', split='fit=0.75,check=0.25', seed=3)
    assert lines[0].startswith('fit: 3 images')
    assert lines[1].startswith('check: 1 images')


def test_what_is_left_out_or_changed_is_counted(make_voc, tmp_path):
    root = make_voc(
        {
            'a': [('cat', (5, 5, 5, 5)), ('cat', (-9, 0, 20, 20)), ('cat', (200, 0, 220, 20))],
            'b': [('cat', (1, 2, 30, 40), 1)],
        },
        told_size=(10, 10),
    )
    (root / 'JPEGImages' / 'extra.png').write_bytes(b'')
    text = '\n'.join(convert_voc(root, tmp_path / 'out', difficult='drop'))
    assert 'empty boxes left out: 1' in text
    assert 'boxes clipped to their image: 1' in text
    assert 'boxes outside their image left out: 1' in text
    assert 'without the size of their image, or with another (the image counts): 2' in text
    assert 'images without an XML file left out: 1' in text
    assert 'difficult objects left out: 1 (first: b.png (cat))' in text


XML, PICTURE = 'Annotations/a.xml', 'JPEGImages/a.png'


@pytest.mark.parametrize(
    ('file', 'old', 'new', 'message'),
    [
        (XML, None, '<annotation>\n<object>', r'a\.xml:2: expected XML'),
        (PICTURE, None, None, r'a\.xml: expected its image at'),
        (PICTURE, None, '', r'a\.png: .*zero bytes'),
        (PICTURE, None, 'abc', r'a\.png: expected an image'),
        ('classes.txt', None, 'cats\n', r"object 0: 'cat' is none of the 1 classes of .*Did you"),
        (XML, '<xmin>1<', '<xmin>one<', r"object 0: expected a number in <xmin>, found 'one'"),
        (XML, '<xmin>1</xmin>', '', r'object 0: expected a number in <xmin>, found None'),
        (XML, '<xmin>1<', '<xmin>nan<', r'object 0 \(cat\): expected four finite'),
        (XML, '<xmax>30<', '<xmax>0<', r'of negative size'),
        (XML, '<name>cat</name>', '', r'object 0: expected a <name>'),
    ],
)
def test_a_broken_voc_image_stops_the_conversion_or_is_left_out_whole(
    make_voc, tmp_path, file, old, new, message
):
    root = make_voc({'a': [('cat', (1, 2, 30, 40))], 'b': [('cats', (1, 2, 30, 40))]})
    change(root / file, old, new)
    with pytest.raises(InputValueError, match=message) as caught:
        convert_voc(root, tmp_path / 'out')
    assert '--skip-broken; nothing was written' in str(caught.value)
    assert not (tmp_path / 'out').exists()

    lines = convert_voc(root, tmp_path / 'out', skip_broken=True)
    assert lines[0] == 'all: 1 images (0 without a box), 1 boxes: cats 1'
    assert lines[1].startswith('broken images left out: 1 (first:')


def change(path, old, new):
    """Replace ``old`` by ``new``, the whole file without ``old``; remove it without ``new``."""
    if new is None:
        path.unlink()
    elif old is None:
        path.write_text(new)
    else:
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))


def test_a_name_of_an_image_set_without_annotation_is_broken(make_voc, tmp_path):
    root = make_voc({'a': [('cat', (1, 2, 30, 40))]})
    (root / 'ImageSets' / 'Main').mkdir(parents=True)
    (root / 'ImageSets' / 'Main' / 'train.txt').write_text('a\nzz\n')
    with pytest.raises(InputValueError, match=r"train.txt: 'zz' has no file Annotations/zz.xml"):
        convert_voc(root, tmp_path / 'out')


def test_a_folder_of_another_layout_is_named(tmp_path):
    with pytest.raises(InputFileNotFoundError, match='expected a sub-folder Annotations, found'):
        convert_voc(tmp_path, tmp_path)
    (tmp_path / 'Annotations').mkdir()
    with pytest.raises(InputFileNotFoundError, match='sub-folder JPEGImages or images'):
        convert_voc(tmp_path, tmp_path)
    (tmp_path / 'images').mkdir()
    with pytest.raises(InputValueError, match='Annotations: expected XML files, found none'):
        convert_voc(tmp_path, tmp_path)


def test_annotations_without_objects_are_an_error(make_voc, tmp_path):
    with pytest.raises(InputValueError, match='expected objects, found none in 1 files'):
        convert_voc(make_voc({'a': []}), tmp_path / 'out')


def test_nothing_left_to_convert_is_an_error(make_voc, tmp_path):
    root = make_voc({'a': [('cat', (1, 2, 30, 40))]})
    (root / 'Annotations' / 'a.xml').write_text('<')
    with pytest.raises(InputValueError, match='no image is left to convert'):
        convert_voc(root, tmp_path / 'out', skip_broken=True)


def test_an_unknown_treatment_of_difficult_objects_is_an_error(make_voc, tmp_path):
    root = make_voc({'a': [('cat', (1, 2, 30, 40))]})
    with pytest.raises(InputValueError, match="expected one of keep, ignore, drop, found 'x'"):
        convert_voc(root, tmp_path, difficult='x')


def test_an_output_folder_that_cannot_be_made_is_named(make_voc, tmp_path):
    root = make_voc({'a': [('cat', (1, 2, 30, 40))]})
    (tmp_path / 'file').write_text('')
    with pytest.raises(InputPermissionError, match=r'instances_all\.json: cannot write here'):
        convert_voc(root, tmp_path / 'file' / 'out')


def test_yolo_boxes_become_pixels_in_the_order_of_classes_txt(make_yolo, tmp_path):
    root = make_yolo({'a': '1 0.5 0.5 0.2 0.5\n\n0 0.05 0.05 0.1 0.1\n', 'b': None, 'c': ''})
    lines = convert_yolo(root, tmp_path / 'out')
    assert boxes_of(tmp_path / 'out' / 'annotations' / 'instances_all.json') == [
        ('dog', [40, 20, 20, 40]),
        ('cat', [0, 0, 10, 8]),
    ]
    assert lines[0] == 'all: 3 images (2 without a box), 2 boxes: cat 1, dog 1'
    assert lines[1].startswith('images without a label file (they show no class): 1 (first: ')


def test_file_names_lead_from_the_data_root_to_the_images(make_yolo, make_voc, tmp_path):
    yolo = make_yolo({'a': ''})
    convert_yolo(yolo)
    content = json.loads((yolo / 'annotations' / 'instances_all.json').read_text())
    assert content['images'][0]['file_name'] == 'images/a.png'
    voc = make_voc({'a': [('cat', (1, 2, 30, 40))]})
    convert_voc(voc, tmp_path / 'some' / 'where')
    path = tmp_path / 'some' / 'where' / 'annotations' / 'instances_all.json'
    name = json.loads(path.read_text())['images'][0]['file_name']
    assert name == '../../voc/JPEGImages/a.png'
    assert (tmp_path / 'some' / 'where' / name).is_file()


def test_sub_folders_of_images_are_the_splits(make_yolo, tmp_path):
    root = make_yolo({'train/a': '0 .5 .5 .2 .2', 'valid/a': '1 .5 .5 .2 .2'})
    convert_yolo(root, tmp_path / 'out')
    content = json.loads((tmp_path / 'out' / 'annotations' / 'instances_valid.json').read_text())
    assert content['images'] == [
        {'id': 2, 'file_name': '../yolo/images/valid/a.png', 'width': 100, 'height': 80}
    ]


@pytest.mark.parametrize(
    ('line', 'message'),
    [
        ('0 .5 .5 .2', r'a.txt:2: expected 5 numbers \(class x y width height\), found 4 fields'),
        ('0 .1 .1 .2 .1 .2 .2', r'a.txt:2: .* found 7 fields \(a polygon\?'),
        ('cat .5 .5 .2 .2', "a.txt:2: expected 5 numbers .*, found 'cat .5 .5 .2 .2'"),
        ('2 .5 .5 .2 .2', 'a.txt:2: expected a class index from 0 to 1, found 2'),
        ('-1 .5 .5 .2 .2', 'a class index from 0 to 1, found -1'),
        ('0.5 .5 .5 .2 .2', 'a class index from 0 to 1, found 0.5'),
        ('0 nan .5 .2 .2', r'relative to the image \(0..1\), found nan .5 .2 .2'),
        ('0 50 40 20 20', r'relative to the image \(0..1\), found 50 40 20 20'),
        ('0 .5 .5 -.2 .2', 'of negative size'),
    ],
)
def test_a_broken_yolo_line_is_named_or_its_image_left_out(make_yolo, tmp_path, line, message):
    root = make_yolo({'a': f'0 .5 .5 .2 .2\n{line}\n', 'b': '0 .5 .5 .2 .2'})
    with pytest.raises(InputValueError, match=message):
        convert_yolo(root, tmp_path / 'out')
    assert not (tmp_path / 'out').exists()
    assert convert_yolo(root, tmp_path / 'out', skip_broken=True)[0].startswith('all: 1 images')


def test_a_label_file_without_image_is_broken(make_yolo, tmp_path):
    root = make_yolo({'a': '0 .5 .5 .2 .2'})
    (root / 'labels' / 'z.txt').write_text('')
    (root / 'labels' / 'y.txt').write_text('')
    with pytest.raises(InputValueError, match=r'y.txt: expected an image of this name .* 1 more'):
        convert_yolo(root, tmp_path / 'out')


def test_two_images_of_one_name_are_broken(make_yolo, tmp_path):
    root = make_yolo({'a': '0 .5 .5 .2 .2'})
    (root / 'images' / 'a.jpg').write_bytes((root / 'images' / 'a.png').read_bytes())
    with pytest.raises(InputValueError, match=r'a\.png: another image has the label file of this'):
        convert_yolo(root, tmp_path / 'out')


def test_label_files_that_are_not_text_are_broken(make_yolo, tmp_path):
    root = make_yolo({'a': '0 .5 .5 .2 .2'})
    (root / 'labels' / 'a.txt').write_bytes(b'\xff\xfe\x00')
    with pytest.raises(InputValueError, match=r'a\.txt: expected text'):
        convert_yolo(root, tmp_path / 'out')


def test_missing_yolo_parts_are_named(make_yolo, tmp_path):
    with pytest.raises(InputFileNotFoundError, match='images: there is no such folder'):
        convert_yolo(tmp_path, tmp_path)
    root = make_yolo({'a': '0 .5 .5 .2 .2'}, classes=None)
    with pytest.raises(InputFileNotFoundError, match=r'classes.txt: there is no such file'):
        convert_yolo(root, tmp_path / 'out')


def test_reading_shows_progress(make_yolo, tmp_path):
    seen = []
    root = make_yolo({'a': '', 'b': ''})
    convert_yolo(root, tmp_path / 'out', progress=lambda items: seen.extend(items) or items)
    assert [path.name for path in seen] == ['a.png', 'b.png']
