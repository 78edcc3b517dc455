"""A data set of a mixing case: plain dictionaries, as a transform meets them."""

import copy

import numpy as np
import pytest
from mmdet.structures.bbox import HorizontalBoxes


class ListDataset:
    """Gives out its entries themselves, so that a careless transform would change them."""

    def __init__(self, entries):
        self.entries = entries

    def __len__(self):
        return len(self.entries)

    def get_data_info(self, index):
        return self.entries[index]


@pytest.fixture
def mix_dataset():
    """A ``ListDataset`` of entries."""
    return ListDataset


@pytest.fixture
def mix_case_entries():
    """Entries of a golden mixing case: images, boxes, labels, flags and texts."""

    def make(case: dict) -> list[dict]:
        return [
            {
                'img': case[f'in.img{i}'].copy(),
                'img_shape': case[f'in.img{i}'].shape[:2],
                'gt_bboxes': HorizontalBoxes(case[f'in.boxes{i}'].copy()),
                'gt_bboxes_labels': case[f'in.labels{i}'].copy(),
                'gt_ignore_flags': np.zeros(len(case[f'in.labels{i}']), dtype=bool),
                'texts': copy.deepcopy(texts),
            }
            for i, texts in enumerate(case['cfg']['texts_in'])
        ]

    return make


@pytest.fixture
def run_case(mix_case_entries):
    """Run the transform of a golden case; returns (results, entries)."""
    from mmengine.registry import TRANSFORMS

    def run(case: dict, num_entries: int | None = None, **options):
        config = case['cfg']
        arguments = {k: tuple(v) if isinstance(v, list) else v for k, v in config['args'].items()}
        transform = TRANSFORMS.build({**arguments, **options})
        entries = mix_case_entries(case)[:num_entries]
        results = copy.deepcopy(entries[config['start_index']])
        results['dataset'] = ListDataset(entries)
        np.random.seed(config['seed'])
        return transform(results), entries

    return run
