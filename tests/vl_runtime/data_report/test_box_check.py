def test_each_kind_of_bad_box_is_counted_apart(found, content):
    boxes = {
        'not a finite number': [float('nan'), 0, 1, 1],
        'negative width or height': [5, 5, -2, 4],
        'empty box': [5, 5, 0.5, 4],
        'outside its image': [50, 5, 9, 9],
        'reaches out of its image': [35, 5, 10, 9],
    }
    content['annotations'] = [
        dict(content['annotations'][1], id=i, bbox=bbox, area=abs(bbox[2] * bbox[3]))
        for i, bbox in enumerate(boxes.values())
    ]
    rows = [row for row in found(content) if row[1] == 'boxes']
    assert [row[0] for row in rows] == ['error'] * 2 + ['warning'] * 3
    for index, (row, words) in enumerate(zip(rows, boxes, strict=True)):
        assert row[2] == 1 and words in row[3]
        assert row[4].startswith(f'annotation {index} (id {index}, image 1) with bbox [')
        assert row[4].endswith('in 1.png (40 x 30)')


def test_rounding_to_the_next_pixel_is_no_finding(found, content):
    content['annotations'][0]['bbox'] = [-0.5, 0, 41, 30.4]
    assert found(content) == []
