import pytest


@pytest.fixture
def captions(content):
    del content['categories']
    for image in content['images']:
        image['caption'] = 'a red cat'
    for annotation in content['annotations']:
        annotation['tokens_positive'] = [[2, 9]]
    return content


def test_spans_inside_the_caption_are_fine(found, captions):
    assert found(captions) == []


@pytest.mark.parametrize(
    ('spans', 'message'),
    [
        ([[2, 10]], 'token span out of the range of its caption'),
        ([[5, 5]], 'token span out of the range of its caption'),
        ([[-1, 3]], 'token span out of the range of its caption'),
        ([[1]], 'tokens_positive that is no list of [start, end)'),
        (None, 'tokens_positive that is no list of [start, end)'),
    ],
)
def test_wrong_spans_are_errors(found, captions, spans, message):
    captions['annotations'][1]['tokens_positive'] = spans
    ((level, check, count, text, first),) = found(captions)
    assert (level, check, count, text) == ('error', 'captions', 1, message)
    assert first.startswith(f'annotation 1 (id 2, image 1): {spans}')


def test_boxes_without_a_name_and_images_without_a_caption_are_told(found, captions):
    captions['annotations'][0]['tokens_positive'] = [[1, 2]]
    del captions['images'][1]['caption']
    assert [row[:4] for row in found(captions)] == [
        ('error', 'captions', 1, 'image without a caption'),
        ('warning', 'captions', 1, 'box without a name (training leaves it out)'),
    ]


def test_tokens_are_names_with_a_score(found, captions):
    for annotation in captions['annotations']:
        del annotation['tokens_positive']
        annotation['tokens'] = 'cat'
    assert found(captions) == []
    captions['annotations'][1] |= {'tokens': ' ', 'score': 3}
    del captions['annotations'][2]['tokens']
    assert [row[:4] for row in found(captions)] == [
        ('error', 'captions', 1, 'annotation without tokens, the name of its box'),
        ('warning', 'captions', 1, 'box without a name (training leaves it out)'),
        ('warning', 'captions', 1, 'score that is not from 0 to 1'),
    ]
