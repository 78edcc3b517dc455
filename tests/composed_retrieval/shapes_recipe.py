"""A whole recipe on drawn shapes: a small model that trains and is validated in a second."""

import pytest
from mmengine.config import Config

from composed_retrieval.demo.composed_shapes import ComposedShapesSpec, make_composed_shapes
from tests.composed_retrieval.tiny_retriever import TINY

SPEC = ComposedShapesSpec(num_train=4, num_val=2, num_test=1, image_size=48)
STEPS = [dict(type='LoadPictures'), dict(type='PadResizeCrop', size=16)]
WORDS = ['make the circle square triangle star red green blue yellow it bigger smaller turn into a']


@pytest.fixture(scope='session')
def shapes_root(tmp_path_factory):
    """Data set of 4, 2 and 1 groups."""
    return make_composed_shapes(tmp_path_factory.mktemp('composed') / 'shapes', SPEC)


def loader(dataset, batch_size=5, sampler=None):
    return dict(
        batch_size=batch_size,
        num_workers=0,
        sampler=sampler or dict(type='DefaultSampler', shuffle=False),
        dataset=dataset,
    )


@pytest.fixture
def recipe(shapes_root, tmp_path):
    """``recipe(**changes)``: a loaded config with keys replaced."""

    def build(**changes):
        query_steps = [*STEPS, dict(type='CleanCaption'), dict(type='PackPictures')]
        queries = dict(type='CIRRDataset', data_root=str(shapes_root), pipeline=query_steps)
        val, test = dict(queries, split='val'), dict(queries, split='test1')
        galleries = {
            split: loader(
                dict(type='GalleryDataset', queries=one, pipeline=[*STEPS, query_steps[-1]]), 4
            )
            for split, one in (('val', val), ('test1', test))
        }
        content = dict(
            model=dict(TINY, tokenizer=dict(TINY['tokenizer'], words=WORDS)),
            train_dataloader=loader(
                dict(queries, split='train'), sampler=dict(type='SubsetOrderSampler')
            ),
            val_dataloader=loader(val, 3),
            test_dataloader=loader(test, 3),
            val_evaluator=dict(type='CIRRMetric'),
            test_evaluator=dict(type='CIRRMetric'),
            train_cfg=dict(type='ResumableEpochLoop', max_epochs=2, val_interval=1),
            val_cfg=dict(type='GalleryQueryValLoop', gallery_dataloader=galleries['val']),
            test_cfg=dict(type='GalleryQueryTestLoop', gallery_dataloader=galleries['test1']),
            optim_wrapper=dict(type='OptimWrapper', optimizer=dict(type='AdamW', lr=1e-3)),
            custom_hooks=[
                dict(type='MetricsCSVHook'),
                dict(type='BestCheckpointHook', metric='cirr/mean7'),
            ],
            default_hooks=dict(checkpoint=dict(type='CheckpointHook', interval=1)),
            default_scope='mmengine',
            randomness=dict(seed=0),
            log_level='WARNING',
            work_dir=str(tmp_path / 'run'),
        )
        return Config({**content, **changes})

    return build
