import json

import cv2
import numpy as np
import pytest

from vl_runtime.errors import InputValueError
from vl_runtime.inference import Predictor
from vl_runtime.pseudo_labels import (
    CaptionedImage,
    LabelSettings,
    ShardFile,
    label_shard,
    merge_shards,
    parse_shard,
    shard_path,
)

SETTINGS = {'score_threshold': 0.25}


@pytest.fixture
def predictor(predictor_recipe):
    """Text k: the square (k, k)-(k + 2, k + 2) of an 8 x 8 input, score 0.9 / (k + 1)."""
    return Predictor.from_checkpoint(predictor_recipe, device='cpu')


@pytest.fixture
def images(tmp_path):
    """Three pictures of 80 x 40 pixels and one file that is none."""
    for name in 'abc':
        cv2.imwrite(str(tmp_path / f'{name}.png'), np.zeros((40, 80, 3), np.uint8))
    (tmp_path / 'd.png').write_bytes(b'no picture')
    phrases = {'a': ('cat', 'dog'), 'b': (), 'c': ('bird',), 'd': ('cat',)}
    return [CaptionedImage(f'{n}.png', f'of {n}', phrases[n]) for n in 'abcd']


def run(predictor, images, folder, out, index, number, **settings):
    shard = ShardFile(shard_path(out, index, number), SETTINGS)
    label = LabelSettings(score_threshold=0.25, **settings)
    label_shard(predictor, images[index::number], folder, shard, label)
    return merge_shards(images, out, number, SETTINGS)


def test_shards_are_merged_when_the_last_is_done(predictor, images, tmp_path):
    out = tmp_path / 'out.json'
    assert run(predictor, images, tmp_path, out, 0, 2) is None and not out.exists()
    counts = run(predictor, images, tmp_path, out, 1, 2)
    assert {**counts, 'errors': 1} == {
        'images': 2, 'boxes': 3, 'without_boxes': 1, 'errors': 1,
    }  # fmt: skip
    assert 'd.png: expected an image' in counts['errors'][0]
    content = json.loads(out.read_text())
    assert [image['file_name'] for image in content['images']] == ['a.png', 'c.png']
    first, second, third = content['annotations']
    assert first['bbox'] == [0, 0, 20, 10] and first['tokens'] == 'cat' and first['score'] == 0.9
    assert second['bbox'] == [10, 5, 20, 10] and second['score'] == 0.45
    assert third['image_id'] == 2 and third['tokens'] == 'bird'


def test_of_boxes_that_overlap_the_better_one_stays(predictor, images, tmp_path):
    counts = run(predictor, images, tmp_path, tmp_path / 'o.json', 0, 1, nms_threshold=0.1)
    assert counts['boxes'] == 2  # the squares of cat and dog share 1/7 of their area


def test_what_is_done_is_not_predicted_again(predictor, images, tmp_path):
    out = tmp_path / 'out.json'

    def stop_after_one(items, **_):
        yield next(iter(items))
        raise KeyboardInterrupt

    shard = ShardFile(shard_path(out, 0, 1), SETTINGS)
    with pytest.raises(KeyboardInterrupt):
        label_shard(
            predictor, images, tmp_path, shard, LabelSettings(0.25), progress=stop_after_one
        )
    assert list(ShardFile(shard.path, SETTINGS).records) == ['a.png']
    before = len(predictor.model.batch_sizes)
    run(predictor, images, tmp_path, out, 0, 1)
    assert len(predictor.model.batch_sizes) == before + 1  # c alone: b has no phrase, d no pixels


def test_shards_come_from_the_text_or_the_launcher(monkeypatch):
    assert parse_shard('2/8') == (2, 8)
    monkeypatch.setenv('RANK', '1')
    monkeypatch.setenv('WORLD_SIZE', '4')
    assert parse_shard(None) == (1, 4)
    for text in ('8/8', '1', 'a/b'):
        with pytest.raises(InputValueError, match='--shard: expected INDEX/NUMBER such as 0/8'):
            parse_shard(text)


def test_thresholds_are_shares():
    with pytest.raises(InputValueError, match='nms_threshold: expected a value from 0 to 1, found'):
        LabelSettings(nms_threshold=2)
