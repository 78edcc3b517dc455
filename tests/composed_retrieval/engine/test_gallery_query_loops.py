"""Training, validation and test of a retriever through the ordinary launch functions."""

import csv
import json

import numpy as np
import pytest
import torch
from mmengine.registry import DATA_SAMPLERS, DATASETS, MODELS, TRANSFORMS

from composed_retrieval.datasets.content_digests import preprocessing_digest
from composed_retrieval.ranking import read_ranking_file
from tests.composed_retrieval.conftest import write_json, write_picture
from vl_runtime import launch
from vl_runtime.checkpoints import load_weights
from vl_runtime.errors import InputKeyError, InputValueError


def rows(path):
    return list(csv.DictReader(path.open()))


def test_a_training_ends_in_best_weights_tables_and_a_submission(recipe, tmp_path, repository):
    config = recipe()
    launch.train(config)
    run = tmp_path / 'run'
    validations = rows(run / 'validation_metrics.csv')
    names = [f'cirr/{name}' for name in ('R@1', 'R@5', 'R@10', 'R@50')]
    names += [f'cirr/Rsub@{k}' for k in (1, 2, 3)] + ['cirr/avg', 'cirr/mean7']
    assert list(validations[0]) == ['epoch', *names]
    assert [row['epoch'] for row in validations] == ['1', '2']
    training = rows(run / 'train_metrics.csv')
    assert list(training[0])[:5] == ['epoch', 'loss', 'loss_itc', 'loss_rtc', 'loss_align']
    best = json.loads((run / 'best.json').read_text())
    assert best['value'] == max(float(row['cirr/mean7']) for row in validations)

    assert launch.test(config, run / 'best.pth') == {}
    about, answers = read_ranking_file(run / 'ranking_test1.jsonl')
    assert (about['dataset'], about['split'], len(answers)) == ('CIRR', 'test1', 5)


def test_the_values_are_those_of_the_whole_similarity_matrix(recipe, tmp_path):
    config = recipe()
    config.test_dataloader = config.val_dataloader
    config.test_cfg.gallery_dataloader = config.val_cfg.gallery_dataloader
    launch.train(config)
    found = launch.test(config, tmp_path / 'run/best.pth')

    with launch.opened_for_test(config, tmp_path / 'run/best.pth') as runner:
        model, queries = runner.model, runner.test_loop.dataloader.dataset
        pictures = runner.test_loop.gallery_dataloader.dataset
        with torch.no_grad():
            pixels = [pictures[i]['inputs']['image'] for i in range(len(pictures))]
            data = model.data_preprocessor({'inputs': {'image': pixels}})
            targets = model.target_features(model.image_tokens(data['inputs']['image']))
            names = [pictures.get_data_info(i)['image']['name'] for i in range(len(pictures))]
            ranks = []
            for item in queries:
                data = model.data_preprocessor({'inputs': {'r': [item['inputs']['reference']]}})
                sample = item['data_samples']
                tokens = model.image_tokens(data['inputs']['r'])
                feature = model.query_features(tokens, [sample.get('caption')])[0]
                scores = (targets @ feature).amax(1)
                scores[names.index(sample.get('reference')['name'])] = -torch.inf
                right = names.index(sample.get('target')['name'])
                ranks.append(int((scores > scores[right]).sum()) + 1)
    assert found['cirr/R@1'] == pytest.approx(np.mean(np.array(ranks) <= 1))
    assert found['cirr/R@5'] == pytest.approx(np.mean(np.array(ranks) <= 5))


def test_a_split_without_targets_can_not_validate_and_nothing_is_trained(recipe, tmp_path):
    config = recipe()
    config.val_dataloader = config.test_dataloader
    config.val_cfg.gallery_dataloader = config.test_cfg.gallery_dataloader
    with pytest.raises(InputValueError, match=r"CIRRMetric: .*split 'test1' has no targets"):
        launch.train(config)
    assert not list((tmp_path / 'run').glob('*.pth'))


def test_a_split_without_targets_can_not_train(recipe):
    config = recipe()
    config.train_dataloader.dataset = config.test_dataloader.dataset
    with pytest.raises(InputValueError, match='a split without targets can not train'):
        launch.train(config)


def test_an_unknown_metric_for_the_best_weights_is_told(recipe):
    hooks = [dict(type='BestCheckpointHook', metric='cirr/mean8')]
    with pytest.raises(InputKeyError, match=r"expected metric 'cirr/mean8' .*Did you mean"):
        launch.train(recipe(custom_hooks=hooks))


def test_the_index_on_disk_gives_the_same_ranking_and_follows_the_weights(recipe, tmp_path):
    config = recipe()
    launch.train(config, cfg_options={'val_cfg.index_dir': 'index'})
    kept = rows(tmp_path / 'run/validation_metrics.csv')
    about = json.loads((tmp_path / 'run/index/index.json').read_text())
    features = np.load(tmp_path / 'run/index/features.npy', mmap_mode='r')
    assert features.dtype == np.float16 and features.shape == (12, 6, 12)
    assert len(about['names']) == 12
    model = MODELS.build(config.model)
    prints = []
    for epoch in (1, 2):
        load_weights(model, tmp_path / f'run/epoch_{epoch}.pth')
        prints.append(model.fingerprint())
    assert prints[0] != prints[1] == about['fingerprint']  # built anew after the first epoch

    launch.train(config, work_dir=tmp_path / 'again')
    assert rows(tmp_path / 'again/validation_metrics.csv') == kept


def test_a_batch_of_one_and_a_single_pair_work(recipe, tmp_path):
    config = recipe()
    config.val_dataloader.batch_size = config.train_dataloader.batch_size = 1
    config.val_cfg.gallery_dataloader.batch_size = 1
    config.train_dataloader.dataset.indices = 1
    config.val_dataloader.dataset.indices = 1
    launch.train(config)
    (row, _) = rows(tmp_path / 'run/validation_metrics.csv')
    assert float(row['cirr/R@50']) == 1
    assert float(rows(tmp_path / 'run/train_metrics.csv')[0]['loss_itc']) == 0


def test_galleries_of_one_picture_work(recipe, tmp_path):
    for category in ('dress', 'shirt'):
        write_picture(tmp_path / f'iq/images/{category}.png')
        write_json(tmp_path / f'iq/image_splits/split.{category}.val.json', [category])
        entry = {'candidate': category, 'target': category, 'captions': ['is red', 'is long']}
        write_json(tmp_path / f'iq/captions/cap.{category}.val.json', [entry])
    config = recipe()
    queries = dict(
        type='FashionIQDataset',
        data_root=str(tmp_path / 'iq'),
        split='val',
        categories=('dress', 'shirt'),
        pipeline=config.val_dataloader.dataset.pipeline,
    )
    gallery = config.val_cfg.gallery_dataloader
    config.test_dataloader.dataset = queries
    gallery.dataset.queries = queries
    config.test_cfg.gallery_dataloader = gallery
    config.test_evaluator = dict(type='FashionIQMetric')
    model = MODELS.build(config.model)
    torch.save({'state_dict': model.state_dict(), 'meta': {}}, tmp_path / 'weights.pth')
    found = launch.test(config, tmp_path / 'weights.pth')
    assert found['fashioniq/dress/R@10'] == found['fashioniq/avg'] == 1
    _, answers = read_ranking_file(tmp_path / 'run/ranking_val.jsonl')
    assert [answer.ranking for answer in answers] == [('dress',), ('shirt',)]


def test_frozen_weights_stay_out_and_a_resumed_run_equals_one_that_ran_through(recipe, tmp_path):
    hooks = [dict(type='FrozenWeightsHook'), *recipe().custom_hooks]
    config = recipe(custom_hooks=hooks)
    launch.train(config, work_dir=tmp_path / 'through')
    weights = torch.load(tmp_path / 'through/epoch_2.pth', weights_only=False)['state_dict']
    assert 'vision_model.post_layernorm.weight' in weights and 'temp' in weights
    assert not any(key.startswith('vision_model.e') for key in weights)

    half = recipe(custom_hooks=hooks)
    half.train_cfg.max_epochs = 1
    launch.train(half, work_dir=tmp_path / 'resumed')
    launch.train(config, work_dir=tmp_path / 'resumed', resume='auto')
    again = torch.load(tmp_path / 'resumed/epoch_2.pth', weights_only=False)['state_dict']
    assert all(torch.equal(value, again[key]) for key, value in weights.items())
    for name in ('train_metrics.csv', 'validation_metrics.csv'):
        assert rows(tmp_path / 'through' / name) == rows(tmp_path / 'resumed' / name)

    # What is left out on purpose is no warning.
    launch.test(recipe(custom_hooks=hooks), tmp_path / 'through/epoch_2.pth')
    logs = [path.read_text() for path in (tmp_path / 'run').glob('*/*.log')]
    assert logs and not any('not in the checkpoint' in log for log in logs)


def test_a_checkpoint_of_another_trunk_is_refused(recipe, tmp_path):
    hooks = [dict(type='FrozenWeightsHook'), *recipe().custom_hooks]
    launch.train(recipe(custom_hooks=hooks))
    other = recipe(custom_hooks=hooks, randomness=dict(seed=1))
    with pytest.raises(InputValueError, match='checkpoint: trained on another trunk: expected'):
        launch.test(other, tmp_path / 'run/best.pth')


def test_a_missing_picture_is_named_before_training(recipe, tmp_path):
    config = recipe()
    config.train_dataloader.dataset.image_folder = 'nowhere'
    with pytest.raises(FileNotFoundError, match=r'24 of 24 images are missing, first: index 0'):
        launch.train(config)


def test_a_caption_that_is_punctuation_is_told_with_its_query(recipe, shapes_root, tmp_path):
    config = recipe()
    step = dict(type='CleanCaption')
    assert step in config.val_dataloader.dataset.pipeline
    with pytest.raises(InputValueError, match='query 7: expected words in the caption'):
        TRANSFORMS.build(step)({'query_id': '7', 'caption': '..'})


def test_other_settings_of_a_step_are_another_preprocessing():
    one, same, other = (
        preprocessing_digest([TRANSFORMS.build(dict(type='PadResizeCrop', size=size))])
        for size in (16, 16, 17)
    )
    assert one == same != other


def test_the_order_keeps_subsets_together_and_visits_everything_once(recipe):
    dataset = DATASETS.build(recipe().train_dataloader.dataset)
    sampler = DATA_SAMPLERS.build(dict(type='SubsetOrderSampler', dataset=dataset, seed=3))
    first = list(sampler)
    assert sorted(first) == list(range(20)) and len(sampler) == 20
    groups = [index // 5 for index in first]
    assert [groups[i] == groups[i + 1] for i in range(0, 20, 5)] == [True] * 4
    assert list(sampler) == first
    sampler.set_epoch(1)
    assert list(sampler) != first


def test_a_model_is_refused_where_it_would_not_rank(recipe):
    model = MODELS.build(recipe().model)
    with pytest.raises(InputValueError, match='validation takes GalleryQueryValLoop'):
        model({}, [], mode='predict')
