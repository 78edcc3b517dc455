import json
from collections import Counter

import numpy as np
import pytest
from mmengine.registry import DATASETS

import composed_retrieval  # noqa: F401  (registers)
from composed_retrieval.demo.composed_shapes import ComposedShapesSpec, make_composed_shapes
from composed_retrieval.demo.scenes import SceneObject, random_changes, random_scene
from vl_runtime.demo.shapes_data import PHRASES
from vl_runtime.errors import InputValueError
from vl_runtime.image_files import read_image

SMALL = ComposedShapesSpec(num_train=3, num_val=2, num_test=1, image_size=64)


@pytest.fixture(scope='module')
def drawn(tmp_path_factory):
    return make_composed_shapes(tmp_path_factory.mktemp('composed') / 'shapes', SMALL)


def queries(root, split):
    return DATASETS.build(dict(type='CIRRDataset', data_root=str(root), split=split))


@pytest.mark.parametrize(
    ('split', 'groups', 'folder'), [('train', 3, 'train/2'), ('val', 2, 'dev'), ('test1', 1, '')]
)
def test_the_data_set_of_cirr_reads_every_split(drawn, split, groups, folder):
    dataset = queries(drawn, split)
    assert len(dataset) == 5 * groups and len(dataset.images) == 6 * groups
    assert dataset.metainfo['has_targets'] == (split != 'test1')
    item = dataset[len(dataset) - 1]
    assert folder in item['reference']['img_path']
    assert read_image(item['reference']['img_path']).shape == (64, 64, 3)


def test_a_group_has_one_reference_and_five_different_changes(drawn):
    dataset = queries(drawn, 'val')
    groups = {}
    for item in dataset:
        groups.setdefault(item['subset'], []).append(item)
    for members, items in groups.items():
        assert len({item['reference']['name'] for item in items}) == 1
        targets = {item['target']['name'] for item in items}
        assert targets | {items[0]['reference']['name']} == set(members)
        assert len({item['caption'] for item in items}) == 5


def test_the_words_say_what_differs_between_reference_and_target():
    scene = (SceneObject('red', 'circle', 0), SceneObject('blue', 'star', 2))
    rng = np.random.default_rng(1)
    kinds, left_unsaid = Counter(), Counter()
    for _ in range(30):
        for change in random_changes(rng, scene, 5):
            kinds[change.kind] += 1
            gone, new = set(scene) - set(change.result), set(change.result) - set(scene)
            words = change.words.split()
            if change.kind == 'add':
                added = new.pop()
                said = ' '.join(words[2:])
                assert not gone and said in (added.phrase, added.shape)
                left_unsaid[said == added.shape] += 1
            elif change.kind == 'remove':
                assert not new and gone.pop().shape == words[-1]
            else:
                (before,), (after,) = gone, new
                assert before.shape == words[2]
                said = {'recolour': after.colour, 'reshape': after.shape}
                grown = 'bigger' if after.size > 1 else 'smaller'
                assert words[-1] == said.get(change.kind, grown)
    assert set(kinds) == {'recolour', 'reshape', 'add', 'remove', 'resize'}
    assert set(left_unsaid) == {True, False}


def test_a_single_object_is_called_it():
    scene = (SceneObject('red', 'circle', 0),)
    words = [change.words for change in random_changes(np.random.default_rng(0), scene, 5)]
    assert not any('the circle' in said for said in words)
    assert any(said.startswith(('make it', 'turn it')) for said in words)


def test_every_scene_has_different_shapes_so_that_names_are_clear():
    rng = np.random.default_rng(0)
    scenes = [random_scene(rng) for _ in range(50)]
    assert {len(scene) for scene in scenes} == {1, 2, 3}
    assert all(len({one.shape for one in scene}) == len(scene) for scene in scenes)


def test_true_boxes_stand_beside_the_pictures(drawn):
    content = json.loads((drawn / 'annotations/instances_val.json').read_text())
    assert len(content['images']) == 12 and len(content['categories']) == len(PHRASES)
    for box in content['annotations']:
        x, y, width, height = box['bbox']
        assert 0 <= x < x + width <= 64 and 0 <= y < y + height <= 64
    assert {box['image_id'] for box in content['annotations']} == set(range(1, 13))


def test_the_same_seed_gives_the_same_files_and_a_complete_set_is_kept(drawn, tmp_path):
    again = make_composed_shapes(tmp_path / 'again', SMALL)
    for path in sorted(p for p in drawn.rglob('*') if p.is_file()):
        assert path.read_bytes() == (again / path.relative_to(drawn)).read_bytes(), path
    stamp = (again / 'spec.json').stat().st_mtime_ns
    make_composed_shapes(again, SMALL)
    assert (again / 'spec.json').stat().st_mtime_ns == stamp


def test_a_number_that_is_too_small_is_named():
    with pytest.raises(InputValueError, match='num_val: expected at least 1, found 0'):
        ComposedShapesSpec(num_val=0)
