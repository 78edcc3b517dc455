import numpy as np
import pytest

from composed_retrieval.ranking import read_ranking_file
from composed_retrieval.web import RetrievalService
from vl_runtime import launch
from vl_runtime.errors import InputKeyError, InputValueError


@pytest.fixture
def service(files, tmp_path):
    recipe, checkpoint = files()
    return RetrievalService(launch.load_config(recipe), checkpoint, tmp_path / 'page')


def test_the_page_ranks_as_the_test_does(files, tmp_path):
    recipe, checkpoint = files()
    config = launch.load_config(recipe)
    launch.test(config, checkpoint, work_dir=tmp_path / 'test')
    answers = read_ranking_file(tmp_path / 'test/ranking_val.jsonl')[1]
    service = RetrievalService(config, checkpoint, tmp_path / 'page')
    with launch.opened_for_test(config, checkpoint, work_dir=tmp_path / 'test') as runner:
        queries = runner.test_loop.dataloader.dataset.queries
    for query, answer in zip(queries[:3], answers):
        image = service.picture(query.reference)
        found = service.search(image, query.caption, reference=query.reference, number=11)
        expected = [name for name in answer.ranking if name != query.reference]
        assert [one.name for one in found] == expected
        assert found[0].score >= found[-1].score
    assert (tmp_path / 'page/page_index/index.json').is_file()


def test_references_and_texts_are_those_of_the_data(service):
    (first, second) = service.references(5)  # two groups, one reference each
    assert first != second and service.picture(first).shape == (48, 48, 3)
    assert service.thumbnail(first).shape == (320, 320, 3)
    assert len(service.example_texts(2)) == 2 and service.galleries == ('val',)


@pytest.mark.parametrize(
    ('image', 'text', 'box', 'message'),
    [
        (None, 'add a star', None, 'There is no reference yet'),
        (np.zeros((9, 9, 3), np.uint8), ' ', None, 'There is no text yet: write what to change'),
        (np.zeros((9, 9, 3), np.uint8), '...', None, 'expected words in the caption'),
        (np.zeros((9, 9, 3), np.uint8), 'add a star', (3, 3, 3, 8), 'The region has no area'),
    ],
)
def test_what_is_missing_is_told(service, image, text, box, message):
    with pytest.raises(InputValueError, match=message):
        service.search(image, text, box=box)


def test_an_unknown_picture_is_told(service):
    with pytest.raises(InputKeyError, match="The gallery has no picture 'nobody'"):
        service.picture('nobody')


def test_a_region_changes_the_scores_of_a_model_with_box_attention_only(files, tmp_path):
    for changes, reads in (({}, False), ({'box_attention': dict(type='BoxAttention')}, True)):
        recipe, checkpoint = files(**changes)
        service = RetrievalService(launch.load_config(recipe), checkpoint, tmp_path / 'page')
        image = service.picture(service.references(1)[0])
        whole, region = (
            [one.score for one in service.search(image, 'add a star', box=box)]
            for box in (None, (40, 40, 4, 4))  # corners in any order
        )
        assert service.reads_boxes == reads == (whole != region)


def test_an_index_of_other_weights_is_not_used(files, tmp_path):
    recipe, checkpoint = files()
    config = launch.load_config(recipe)
    first = RetrievalService(config, checkpoint, tmp_path / 'page')
    image = first.picture(first.references(1)[0])
    before = [one.score for one in first.search(image, 'add a star')]
    recipe, checkpoint = files(trunk=dict(config.model.trunk, initializer_range=0.3))
    other = RetrievalService(launch.load_config(recipe), checkpoint, tmp_path / 'page')
    assert [one.score for one in other.search(image, 'add a star')] != before


def test_a_device_that_is_not_there_is_one_line(files, tmp_path):
    recipe, checkpoint = files()
    with pytest.raises(InputValueError, match=r"device: 'cuda:99' is not there"):
        RetrievalService(launch.load_config(recipe), checkpoint, tmp_path, device='cuda:99')
