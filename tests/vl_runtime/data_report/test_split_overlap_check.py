import copy
import shutil

import pytest

from vl_runtime.data_report.annotation_set import AnnotationSet
from vl_runtime.data_report.image_file_check import read_facts
from vl_runtime.data_report.split_overlap_check import check_split_overlap


@pytest.fixture
def sets(content, write, tmp_path):
    """Training and validation sets in two folders, of pictures that differ."""

    def make(name):
        other = copy.deepcopy(content)
        for image in other['images']:
            image['file_name'] = f'{name}{image["file_name"]}'
        path = write(other, folder=name)
        return AnnotationSet(
            name, path, image_folders=[path.parent], images=other['images'], image_key='file_name'
        )

    return [make('train'), make('val')]


def facts_of(sets):
    paths = [data.image_path(image) for data in sets for image in data.images]
    return {str(path): read_facts(path) for path in paths}


def test_splits_with_their_own_pictures_are_fine(sets):
    assert check_split_overlap(sets, facts_of(sets)) == []


def test_one_file_in_two_splits_is_an_error(sets):
    sets[1].image_folders = sets[0].image_folders
    sets[1].images = sets[0].images[:1]
    (finding,) = check_split_overlap(sets, {})
    assert (finding.level, finding.count) == ('error', 1)
    assert finding.message == 'image that is in train too'


def test_a_copy_under_another_name_is_found_by_content(sets, tmp_path):
    shutil.copy(tmp_path / 'train' / 'train1.png', tmp_path / 'val' / 'val2.png')
    (finding,) = check_split_overlap(sets, facts_of(sets))
    assert (finding.level, finding.message) == ('error', 'image whose content is in train too')
    assert finding.examples[0].endswith('val2.png has the bytes of ' + str(
        tmp_path / 'train' / 'train1.png'
    ))  # fmt: skip


def test_equal_names_alone_are_a_warning(sets):
    sets[1].images[0]['file_name'] = 'train1.png'
    (finding,) = check_split_overlap(sets, {})
    assert finding.level == 'warning'
    assert finding.message == 'image with the file name of one of train, in another folder'


def test_validation_and_test_may_be_the_same_file(sets):
    val, test = sets
    val.name, test.name, test.ann_file = 'val', 'test', val.ann_file
    test.images, test.image_folders = val.images, val.image_folders
    assert check_split_overlap(sets, {}) == []
