def test_boxes_and_files_that_are_there_twice_are_named(found, content):
    content['annotations'].append(dict(content['annotations'][0], id=9))
    content['images'].append(dict(content['images'][1], id=3))
    assert found(content) == [
        (
            'warning', 'duplicates', 1,
            'box that is there twice (same image, class and corners)',
            'annotation 3 (id 9, image 1) repeats annotation 0',
        ),
        (
            'warning', 'duplicates', 1, 'image file that is listed more than once',
            '2.png (image ids 2 and 3)',
        ),
    ]  # fmt: skip


def test_equal_corners_of_two_classes_are_fine(found, content):
    content['annotations'].append(dict(content['annotations'][0], id=9, category_id=2))
    assert found(content) == []
