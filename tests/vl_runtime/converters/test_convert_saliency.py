import json

import cv2
import numpy as np
import pytest
from pycocotools import mask as coco_mask

from vl_runtime.converters import MaskObjects, SaliencyLayout, convert_saliency
from vl_runtime.errors import InputFileNotFoundError, InputValueError

LAYOUT = SaliencyLayout()
SIZES = {'train': 4, 'val': 1, 'test': 1}


def add(root, stem, *, value=255, mask_size=(60, 40), masks='masks', end='.png'):
    """A 60 x 40 picture with a mask of a square at (10, 5) - (30, 25)."""
    for folder in ('images', masks):
        (root / folder).mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(root / 'images' / f'{stem}.jpg'), np.full((40, 60, 3), 90, np.uint8))
    mask = np.zeros(mask_size[::-1], np.uint8)
    mask[5:25, 10:30] = value
    cv2.imwrite(str(root / masks / f'{stem}{end}'), mask)


@pytest.fixture
def root(tmp_path):
    for stem in 'abcdef':
        add(tmp_path, stem)
    return tmp_path


def convert(root, sizes=SIZES, layout=LAYOUT, **options):
    return '\n'.join(convert_saliency(root, layout=layout, sizes=sizes, **options))


def read(root, split):
    return json.loads((root / 'annotations' / f'instances_{split}.json').read_text())


def test_boxes_and_masks_of_the_subject_are_in_the_file(root):
    convert(root)
    content = read(root, 'train')
    assert [c['name'] for c in content['categories']] == ['main subject']
    assert len(content['images']) == len(content['annotations']) == 4
    annotation = content['annotations'][0]
    assert annotation['bbox'] == [10, 5, 20, 20] and annotation['area'] == 400
    mask = coco_mask.decode(annotation['segmentation'])
    assert mask.shape == (40, 60) and mask[5:25, 10:30].all() and mask.sum() == 400
    assert (root / content['images'][0]['file_name']).is_file()


def test_an_empty_mask_is_a_picture_without_an_object(root):
    add(root, 'g', value=0)
    add(root, 'h', value=1)
    text = convert(root, {'train': 8})
    assert 'train: 8 images (2 without a box), 6 boxes' in text
    assert 'empty masks (pictures with no object): 1 (first: ' in text
    assert 'no value above 127 (pictures with no object) (0 and 1? then --threshold 0): 1' in text
    convert(root, {'train': 8}, SaliencyLayout(objects=MaskObjects(threshold=0)))
    assert len(read(root, 'train')['annotations']) == 7


def test_too_few_pictures_are_said_and_shared_in_proportion(root):
    text = convert(root, {'train': 2000, 'val': 500, 'test': 500})
    assert text.startswith(
        'TOO FEW PICTURES: 3000 wanted (train 2000, val 500, test 500), 6 there; all are used in '
        'the same proportions: train 4, val 1, test 1'
    )


def test_splits_depend_on_the_seed_and_share_no_picture(root):
    convert(root)
    first = [{i['file_name'] for i in read(root, split)['images']} for split in SIZES]
    assert len(set.union(*first)) == 6
    convert(root)
    assert [{i['file_name'] for i in read(root, split)['images']} for split in SIZES] == first
    convert(root, seed=1)
    assert [{i['file_name'] for i in read(root, split)['images']} for split in SIZES] != first


def test_statistics_hold_numbers_and_settings(root):
    (root / 'images' / 'lonely.jpg').write_bytes(b'')
    (root / 'masks' / 'alone.png').write_bytes(b'')
    text = convert(root)
    assert 'pictures without a mask left out: 1 (first: ' in text
    assert 'masks without a picture left out: 1 (first: ' in text
    stats = json.loads((root / 'annotations' / 'split_stats.json').read_text())
    assert stats['used'] == SIZES and stats['seed'] == 42 and stats['pictures'] == 6
    assert stats['notes'] == {
        'pictures without a mask left out': 1,
        'masks without a picture left out': 1,
    }
    train = stats['splits']['train']
    assert train['pictures'] == train['objects'] == 4 and train['without_object'] == 0
    share = round(400 / 2400, 4)
    assert train['box_share'] == {'mean': share, 'median': share, 'min': share, 'max': share}
    assert stats['layout']['objects']['threshold'] == 127


def test_folder_names_and_suffixes_are_free(tmp_path):
    add(tmp_path, 'a', masks='gt', end='_mask.png')
    add(tmp_path, 'b', masks='gt', end='_mask.png')
    layout = SaliencyLayout(mask_dir='gt', image_suffix='.jpg', mask_suffix='_mask.png')
    assert 'train: 2 images' in convert(tmp_path, {'train': 2}, layout)
    with pytest.raises(InputValueError, match=r"first stems: 'a' and 'a_mask'. Say what follows"):
        convert(tmp_path, {'train': 2}, SaliencyLayout(mask_dir='gt'))
    with pytest.raises(
        InputFileNotFoundError, match=r'masks: there is no such folder; .*--mask-dir'
    ):
        convert(tmp_path, {'train': 2})


def test_an_empty_folder_is_named(tmp_path):
    (tmp_path / 'images').mkdir()
    with pytest.raises(InputValueError, match=r"images: expected pictures that end in '\.jpg', fo"):
        convert(tmp_path, layout=SaliencyLayout(image_suffix='.jpg'))


def test_files_of_one_stem_are_told(root):
    (root / 'masks' / 'a.tif').write_bytes(b'')
    assert 'files with the stem of another one left out: 1' in convert(root)


def test_pictures_and_masks_may_lie_in_one_folder(tmp_path):
    add(tmp_path, 'a', masks='images')
    layout = SaliencyLayout('images', 'images', '.jpg', '.png')
    assert 'train: 1 images' in convert(tmp_path, {'train': 1}, layout)


def test_broken_pairs_stop_the_conversion_or_are_left_out(root):
    add(root, 'g', mask_size=(61, 40))
    with pytest.raises(InputValueError, match=r'g\.png: expected the 60 x 40 pixels of g\.jpg, fo'):
        convert(root)
    assert not (root / 'annotations').exists()
    (root / 'masks' / 'f.png').write_bytes((root / 'masks' / 'f.png').read_bytes()[:50])
    assert 'broken images left out: 2' in convert(root, {'train': 5}, skip_broken=True)
    for mask in (root / 'masks').iterdir():
        mask.write_bytes(b'')
    with pytest.raises(InputValueError, match='no picture is left; all of them are broken'):
        convert(root, skip_broken=True)


def test_a_trial_reads_only_some_pairs(root):
    assert 'TOO FEW PICTURES: 6 wanted' in convert(root, max_samples=3)
    assert len(read(root, 'train')['images']) == 1
    with pytest.raises(InputValueError, match='max_samples: expected at least 1, found 0'):
        convert(root, max_samples=0)
    with pytest.raises(InputValueError, match=r'sizes: expected a split with pictures, found \{\}'):
        convert(root, {'train': 0})


def test_the_grid_shows_a_green_box_around_the_subject(root):
    assert 'samples.jpg' in convert(root, visualize=True)
    grid = cv2.imread(str(root / 'annotations' / 'samples.jpg'))
    assert grid.shape[1] > 1200  # three cells of 400 pixels
    green = (grid[..., 1] > 150) & (grid[..., 2] < 110) & (grid[..., 0] < 120)
    assert green.sum() > 4 * 500
