import pytest


def test_good_entries_give_no_finding(found, content):
    assert found(content) == []


def test_incomplete_and_repeated_entries_are_counted(found, content):
    del content['annotations'][0]['bbox']
    content['annotations'][2]['id'] = 2
    content['images'].append(dict(content['images'][0], file_name='3.png'))
    assert [row for row in found(content) if row[1] == 'structure'] == [
        ('error', 'structure', 1, 'id used twice in images', 'images[2] has id 1 of images[0]'),
        (
            'error', 'structure', 1, 'incomplete entry of annotations',
            "annotations[0] has no 'bbox'",
        ),
        (
            'error', 'structure', 1, 'id used twice in annotations',
            'annotations[2] has id 2 of annotations[1]',
        ),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ('change', 'message', 'offender'),
    [
        ({'image_id': 9}, 'annotation of an image that the file does not list', 'image_id 9'),
        ({'category_id': 9}, 'annotation of a category that the file', 'category_id 9'),
        ({'bbox': [1, 2, 3]}, r'bbox that is not [x, y, width, height]', '[1, 2, 3]'),
    ],
)
def test_what_refers_to_nothing_is_an_error(found, content, change, message, offender):
    content['annotations'][0] |= change
    level, check, count, text, first = found(content)[0]
    assert (level, check, count) == ('error', 'structure', 1)
    assert message in text and first == f'annotation id 1: {offender}'


def test_sizes_and_names_must_be_usable(found, content):
    content['images'][0]['width'] = 0
    content['categories'][1]['name'] = 'cat'
    messages = {row[3]: row[4] for row in found(content)}
    assert messages['image size that is not above 0'] == 'image 1: 0 x 30'
    assert messages['category name that is empty or used twice'] == "'cat': category ids 1 and 2"


def test_missing_sections_and_other_json_are_named(found, content, tmp_path):
    content['annotation'] = content.pop('annotations')
    row = found(content)[0]
    assert row[3] == 'list expected'
    assert row[4] == "'annotations', found NoneType. Did you mean 'annotation'?"


def test_blanks_around_a_name_are_a_warning(found, content):
    content['categories'][0]['name'] = 'cat '
    assert ('warning', 'structure', 1, 'category name with blanks around it', "'cat '") in found(
        content
    )
