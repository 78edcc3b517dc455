import csv
import json

import numpy as np
import pytest
import torch

from composed_retrieval.datasets.token_cache import TokenCache, TokenCacheKey
from vl_runtime import launch
from vl_runtime.errors import InputKeyError, InputValueError

KEY = TokenCacheKey('trunk', 'steps', 'pictures', (3, 2), 'float32')


def losses(folder):
    with (folder / 'train_metrics.csv').open() as file:
        return [row['loss'] for row in csv.DictReader(file)]


@pytest.fixture
def cached(recipe, tmp_path):
    """``cached(**changes)``: the recipe with a token cache."""

    def build(**changes):
        hook = dict(type='TokenCacheHook', folder=str(tmp_path / 'tokens'), batch_size=5)
        return recipe(**{'custom_hooks': [hook, *recipe().custom_hooks], **changes})

    return build


def test_losses_and_metrics_are_those_without_a_cache(recipe, cached, tmp_path, monkeypatch):
    launch.train(recipe(), work_dir=tmp_path / 'pixels')
    launch.train(cached(), work_dir=tmp_path / 'tokens_first')
    assert losses(tmp_path / 'pixels') == losses(tmp_path / 'tokens_first')
    for name in ('train_metrics.csv', 'validation_metrics.csv'):
        texts = {(tmp_path / run / name).read_text() for run in ('pixels', 'tokens_first')}
        assert len(texts) == 1
    assert {p.name for p in (tmp_path / 'tokens').iterdir()} == {'cirr_train', 'cirr_val'}

    def never(path):
        raise AssertionError(f'{path} was opened')

    monkeypatch.setattr('composed_retrieval.datasets.transforms.load_pictures.read_image', never)
    launch.train(cached(), work_dir=tmp_path / 'tokens_again')
    assert losses(tmp_path / 'tokens_again') == losses(tmp_path / 'pixels')


def test_a_stopped_build_goes_on_and_another_trunk_starts_anew(cached, tmp_path, monkeypatch):
    put, seen = TokenCache.put, []

    def counted(self, names, *others):
        if len(seen) == 2:
            raise KeyboardInterrupt
        seen.append(names)
        put(self, names, *others)

    monkeypatch.setattr(TokenCache, 'put', counted)
    with pytest.raises(KeyboardInterrupt):
        launch.train(cached())
    monkeypatch.setattr(TokenCache, 'put', put)
    folder = tmp_path / 'tokens/cirr_train'
    assert np.load(folder / 'done.npy').sum() == 10
    before = np.load(folder / 'tokens.npy')[:10].copy()
    launch.train(cached())
    assert np.load(folder / 'done.npy').all()
    assert (np.load(folder / 'tokens.npy')[:10] == before).all()

    trunk = json.loads((folder / 'cache.json').read_text())['trunk']
    launch.train(cached(randomness=dict(seed=1)))
    assert json.loads((folder / 'cache.json').read_text())['trunk'] != trunk
    assert (np.load(folder / 'tokens.npy')[:10] != before).any()


def test_a_trunk_that_is_trained_has_no_cache(cached):
    config = cached()
    config.model.trunk.frozen = False
    with pytest.raises(InputValueError, match=r'TokenCacheHook: the trunk of this recipe is trai'):
        launch.train(config)


def test_a_pipeline_with_other_first_steps_has_no_cache(cached):
    config = cached()
    steps = config.train_dataloader.dataset.pipeline
    config.train_dataloader.dataset.pipeline = [steps[0], steps[2], *steps[1:]]
    with pytest.raises(InputValueError, match='found LoadPictures, CleanCaption; leave out'):
        launch.train(config)


@pytest.mark.parametrize('kind', ['float32', 'float16', 'bfloat16'])
def test_tokens_come_back_as_they_were(tmp_path, kind):
    key = TokenCacheKey('trunk', 'steps', 'pictures', (3, 2), kind)
    cache, replaced = TokenCache.prepare(tmp_path / 'cache', ['a', 'b', 'c'], key)
    assert not replaced and cache.missing() == ['a', 'b', 'c']
    tokens = torch.randn(2, 3, 2).to(getattr(torch, kind))
    cache.put(['c', 'a'], tokens, [(4, 5), (6, 7)])
    again, replaced = TokenCache.prepare(tmp_path / 'cache', ['a', 'b', 'c'], key)
    assert not replaced and again.missing() == ['b']
    assert torch.equal(again.tokens('a'), tokens[1]) and again.size_wh('c') == (4, 5)
    with pytest.raises(InputKeyError, match="has no tokens of 'b'; build it again"):
        again.tokens('b')


@pytest.mark.parametrize('change', ['trunk', 'preprocessing', 'pictures'])
def test_another_key_never_mixes_with_what_is_there(tmp_path, change):
    cache, _ = TokenCache.prepare(tmp_path / 'cache', ['a'], KEY)
    cache.put(['a'], torch.ones(1, 3, 2), [(4, 5)])
    other = TokenCacheKey(**{**vars(KEY), change: 'other'})
    cache, replaced = TokenCache.prepare(tmp_path / 'cache', ['a'], other)
    assert replaced and cache.missing() == ['a']


def test_a_folder_of_something_else_is_kept(tmp_path):
    (tmp_path / 'mine.txt').write_text('mine')
    with pytest.raises(InputValueError, match='found something else, which would be lost'):
        TokenCache.prepare(tmp_path, ['a'], KEY)


def test_tokens_that_are_not_finite_are_told(tmp_path):
    cache, _ = TokenCache.prepare(tmp_path / 'cache', ['a', 'b'], KEY)
    tokens = torch.zeros(2, 3, 2)
    tokens[1, 0, 0] = torch.inf
    with pytest.raises(InputValueError, match="the tokens of 'b' are not finite"):
        cache.put(['a', 'b'], tokens, [(4, 5), (4, 5)])
