import numpy as np
import pytest

from vl_runtime.boxes import box_iou
from vl_runtime.errors import InputValueError
from vlm_detector.codecs import CODECS, codec_of

NAMES = ('cat', 'traffic light', 'wine glass')
SIZES = [(640, 480), (1920, 1080), (3000, 2000), (33, 4000), (57, 61), (3, 2), (1, 200), (1000, 5)]
UNITS = {'qwen2': 1000, 'qwen3': 1000, 'florence2': 1000, 'paligemma': 1024, 'norm_json': 10_000}


def largest_error(codec_name, image_size_wh, model_size_wh):
    """Half a unit in pixels of the image, per coordinate x y x y."""
    units = model_size_wh if codec_name == 'qwen2_5' else (UNITS[codec_name],) * 2
    return np.array([*image_size_wh, *image_size_wh]) / [*units, *units] / 2


@pytest.mark.parametrize('name', CODECS)
@pytest.mark.parametrize('size', [(640, 480), (1920, 1080)])
def test_coordinates_come_back_within_half_a_unit(name, size, sizes, random_boxes):
    codec, limits = codec_of(name), sizes(size)
    error = largest_error(name, **limits)
    boxes = random_boxes(20_000, size)
    # Narrower boxes are widened, and the outermost half pixel is cut: tested below.
    wide = ((boxes[:, 2:] - boxes[:, :2]) > 3 * error[:2]).all(1)
    boxes = boxes[wide & (boxes[:, 2:] < np.array(size) - error[:2]).all(1)]

    units, widened = codec.to_units(boxes, **limits)
    back = codec.to_pixels(units, **limits)

    assert len(boxes) > 19_000
    assert not widened.any()
    assert (np.abs(back - boxes) <= error + 1e-9).all()
    assert np.abs(back - boxes).max() > 0.99 * error.min()  # the bound is tight


@pytest.mark.parametrize('num_texts', [10, pytest.param(200, marks=pytest.mark.slow)])
@pytest.mark.parametrize('name', CODECS)
def test_text_brings_back_boxes_with_labels_and_order(name, num_texts, sizes, random_boxes):
    codec, limits = codec_of(name), sizes((640, 480))
    labels = np.random.default_rng(1).integers(0, 3, 100)
    for seed in range(num_texts):
        boxes = random_boxes(100, (640, 480), seed=seed)
        written = codec.encode_objects(boxes, labels, NAMES, **limits)
        parsed = codec.decode(written.text, NAMES, **limits)
        units, _ = codec.to_units(boxes[written.indices], **limits)
        expected = codec.to_pixels(units, **limits)
        distinct = len({(*row, label) for row, label in zip(units.tolist(), labels)})
        assert parsed.status == 'ok'
        assert len(parsed.labels) + parsed.counters['duplicate'] == 100
        if distinct == 100:
            np.testing.assert_allclose(parsed.boxes_xyxy, expected, atol=1e-9)
            np.testing.assert_array_equal(parsed.labels, labels[written.indices])


@pytest.mark.parametrize('name', CODECS)
@pytest.mark.parametrize('size', SIZES)
def test_every_box_of_any_size_and_place_survives(name, size, sizes, random_boxes):
    codec, limits = codec_of(name), sizes(size)
    width, height = size
    boxes = np.concatenate(
        [
            random_boxes(30, size),
            [[0, 0, width, height], [0, 0, 1, 1], [width - 1, height - 1, width, height]],
            [[width - 1e-6, 0, width, height], [0, 0, width, 1e-6], [0, height / 2, 1e-6, height]],
        ]
    )
    for box in boxes:
        text = codec.encode(box, [1], NAMES, **limits)
        parsed = codec.decode(text, NAMES, **limits)
        # A sub-pixel box at the border is widened, and cut where the last pixel is written.
        error = (4 if name == 'qwen2_5' else 3) * largest_error(name, **limits)
        assert parsed.status == 'ok', text
        assert parsed.labels.tolist() == [1]
        assert not sum(parsed.counters.values()), text
        assert (np.abs(parsed.boxes_xyxy[0] - box) <= error + 1e-9).all(), (box, text)
        assert (parsed.boxes_xyxy >= 0).all()
        assert (parsed.boxes_xyxy <= [*size, *size]).all()


@pytest.mark.parametrize('name', CODECS)
def test_spans_show_the_label_and_the_coordinates_of_each_box(name, sizes, random_boxes):
    codec, limits = codec_of(name), sizes((640, 480))
    text = codec.encode(random_boxes(5, (640, 480)), [0, 1, 2, 1, 0], NAMES, **limits)

    parsed = codec.decode(text, NAMES, **limits)

    for box, label, span in zip(parsed.boxes_xyxy, parsed.labels, parsed.spans, strict=True):
        alone = codec.encode(box, [label], NAMES, **limits)
        written = codec.decode(alone, NAMES, **limits).spans[0]
        assert text[slice(*span.label)] == NAMES[label]
        assert [text[a:b] for a, b in span.coordinates] == [
            alone[a:b] for a, b in written.coordinates
        ]


@pytest.mark.parametrize('name', CODECS)
def test_no_box_gives_the_explicit_empty_answer(name, sizes):
    codec, limits = codec_of(name), sizes((640, 480))
    text = codec.encode(np.zeros((0, 4)), [], NAMES, **limits)

    assert text == ('' if name in ('florence2', 'paligemma') else '[]')
    assert codec.decode(text, NAMES, **limits).status == 'empty_ok'


@pytest.mark.parametrize('name', CODECS)
def test_encoding_mirrored_boxes_mirrors_the_answer(name, sizes):
    codec, limits = codec_of(name), sizes((500, 400))
    boxes = np.array([[10.3, 20.2, 100.1, 90.7], [200.4, 20.9, 480.2, 300.3]])
    mirrored = boxes[:, [2, 1, 0, 3]] * [-1, 1, -1, 1] + [500, 0, 500, 0]

    plain = codec.decode(codec.encode(boxes, [0, 1], NAMES, **limits), NAMES, **limits)
    flipped = codec.decode(codec.encode(mirrored, [0, 1], NAMES, **limits), NAMES, **limits)

    back = flipped.boxes_xyxy[:, [2, 1, 0, 3]] * [-1, 1, -1, 1] + [500, 0, 500, 0]
    by_label = np.argsort(plain.labels), np.argsort(flipped.labels)
    error = 2 * largest_error(name, **limits)
    assert (np.abs(plain.boxes_xyxy[by_label[0]] - back[by_label[1]]) <= error + 1e-9).all()


@pytest.mark.parametrize('name', [name for name in CODECS if name != 'qwen2_5'])
def test_a_resized_image_with_resized_boxes_gives_the_same_text(name, sizes, random_boxes):
    codec = codec_of(name)
    boxes = random_boxes(20, (640, 480))
    labels = [0] * 20

    small = codec.encode(boxes, labels, NAMES, **sizes((640, 480)))
    large = codec.encode(boxes * 2, labels, NAMES, **sizes((1280, 960)))

    assert small == large


# (image size, object side, mean IoU); thousandths, and pixels of the resized image
THOUSANDTHS = [
    ((640, 480), 8, 0.931),
    ((640, 480), 16, 0.965),
    ((640, 480), 32, 0.982),
    ((640, 480), 96, 0.994),
    ((1920, 1080), 8, 0.829),
    ((1920, 1080), 32, 0.953),
    ((3000, 2000), 8, 0.735),
    ((3000, 2000), 96, 0.974),
]


@pytest.mark.parametrize(
    ('name', 'size', 'side', 'expected'),
    [(name, *row) for name in ('qwen3', 'florence2') for row in THOUSANDTHS]
    + [
        ('qwen2_5', (640, 480), 8, 0.881),
        ('qwen2_5', (640, 480), 96, 0.989),
        ('qwen2_5', (3000, 2000), 16, 0.854),
    ],
)
def test_mean_iou_of_the_round_trip_is_the_known_one(
    name, size, side, expected, sizes, random_boxes
):
    codec, limits = codec_of(name), sizes(size)
    boxes = random_boxes(4000, size, side=side)
    units, _ = codec.to_units(boxes, **limits)
    back = codec.to_pixels(units, **limits)

    ious = [box_iou(a[None], b[None])[0, 0] for a, b in zip(boxes, back)]

    assert np.mean(ious) == pytest.approx(expected, abs=0.008)


def test_boxes_outside_are_left_out_or_cut_and_counted(sizes):
    boxes = [[-50, 10, 40, 90], [700, 10, 800, 90], [10, 10, 10, 90], [20, 20, 60, 60]]

    written = codec_of('qwen3').encode_objects(boxes, [0, 1, 2, 1], NAMES, **sizes((640, 480)))

    assert written.indices.tolist() == [0, 3]
    assert written.counters == {'outside': 1, 'empty': 1, 'clipped': 1, 'widened': 0}
    assert '[0,21,62,188]' in written.text


def test_a_box_narrower_than_a_unit_is_widened_to_the_side_where_it_lies(sizes):
    codec, limits = codec_of('qwen3'), sizes((3000, 3000))  # one unit is 3 pixels

    def written(x1, x2):
        units, widened = codec.to_units(np.array([[x1, 0, x2, 300.0]]), **limits)
        return units[0, [0, 2]].tolist(), bool(widened[0])

    assert written(300.2, 301.2) == ([100, 101], True)
    assert written(298.8, 299.8) == ([99, 100], True)
    assert written(2999.5, 3000) == ([999, 1000], True)
    assert written(0, 0.5) == ([0, 1], True)


def test_objects_are_written_from_top_to_bottom_whatever_order_they_come_in(sizes, random_boxes):
    codec, limits = codec_of('qwen3'), sizes((640, 480))
    boxes = random_boxes(20, (640, 480))
    shuffled = np.random.default_rng(5).permutation(20)

    first = codec.encode(boxes, [0] * 20, NAMES, **limits)
    second = codec.encode(boxes[shuffled], [0] * 20, NAMES, **limits)

    assert first == second


def test_random_order_comes_from_the_passed_generator(sizes, random_boxes):
    codec, limits = codec_of({'type': 'Qwen3Codec', 'order': 'random'}), sizes((640, 480))
    boxes = random_boxes(20, (640, 480))

    texts = [
        codec.encode(boxes, [0] * 20, NAMES, rng=np.random.default_rng(seed), **limits)
        for seed in (1, 1, 2)
    ]

    assert texts[0] == texts[1] != texts[2]
    assert sorted(texts[0]) == sorted(texts[2])


def test_a_box_that_is_not_finite_is_named(sizes):
    with pytest.raises(InputValueError, match=r"codec 'qwen3': box 1 is .*nan.*finite"):
        codec_of('qwen3').encode(
            [[0, 0, 1, 1], [0, 0, np.nan, 1]], [0, 0], NAMES, **sizes((64, 64))
        )


def test_a_label_that_is_no_class_is_named(sizes):
    with pytest.raises(InputValueError, match=r'box 0 has label 3, expected 0\.\.2'):
        codec_of('qwen3').encode([[0, 0, 1, 1]], [3], NAMES, **sizes((64, 64)))


def test_boxes_and_labels_of_different_number_are_refused(sizes):
    with pytest.raises(InputValueError, match='one label per box, found 1 boxes and 2 labels'):
        codec_of('qwen3').encode([[0, 0, 1, 1]], [0, 0], NAMES, **sizes((64, 64)))


def test_a_size_of_zero_is_refused():
    with pytest.raises(InputValueError, match=r'expected an image size of at least 1 x 1'):
        codec_of('qwen3').decode('[]', NAMES, image_size_wh=(0, 5), model_size_wh=(28, 28))


@pytest.mark.parametrize('name', CODECS)
def test_a_blank_class_name_is_refused(name, sizes):
    with pytest.raises(InputValueError, match="expected a class name with letters, found ' '"):
        codec_of(name).encode([[0, 0, 9, 9]], [0], (' ', 'dog'), **sizes((64, 64)))


def test_an_other_class_that_is_none_is_refused(sizes):
    codec = codec_of({'type': 'Qwen3Codec', 'other_class': 'thing'})

    with pytest.raises(InputValueError, match="other_class 'thing' is no class of"):
        codec.decode('[]', NAMES, **sizes((64, 64)))


def test_limits_of_coordinates():
    limits = {'image_size_wh': (640, 480), 'model_size_wh': (644, 476)}

    assert {name: codec_of(name).coordinate_range(**limits) for name in CODECS} == {
        'qwen2': (1000, 1000),
        'qwen2_5': (643, 475),
        'qwen3': (1000, 1000),
        'florence2': (999, 999),
        'paligemma': (1023, 1023),
        'norm_json': (1, 1),
    }
