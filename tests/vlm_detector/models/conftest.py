"""Detectors and training batches on tiny models."""

import numpy as np
import pytest
from mmengine.registry import FUNCTIONS, MODELS, TRANSFORMS

ENGINE = {'type': 'BatchedGreedyEngine', 'max_new_tokens': 40}


@pytest.fixture
def detector(tiny_folder):
    """``detector(family, **arguments)``."""

    def build(family='qwen3_vl', source=None, dtype='float32', **arguments):
        source = str(source or tiny_folder(family))
        model = {'source': source, 'dtype': dtype}
        return MODELS.build({'type': 'VLMDetector', 'family': family, 'model': model, **arguments})

    return build


@pytest.fixture
def batch_of(tiny_folder):
    """``batch_of(family)``: what the loader gives for pictures with 0, 1 and 3 objects."""

    def make(family='qwen3_vl', counts=(0, 1, 3)):
        encoder = {'family': family, 'source': str(tiny_folder(family))}
        build, pack = (
            TRANSFORMS.build({'type': kind, 'encoder': encoder})
            for kind in ('BuildConversation', 'PackConversation')
        )
        rng = np.random.default_rng(0)
        items = []
        for index, count in enumerate(counts):
            corners = rng.uniform(0, 40, (count, 2))
            height, width = 70 + 20 * index, 100 - 10 * index
            results = {
                'img': rng.integers(0, 255, (height, width, 3), dtype=np.uint8),
                'img_path': f'{index}.jpg',
                'img_id': index,
                'ori_shape': (height, width),
                'img_shape': (height, width),
                'gt_bboxes': np.concatenate([corners, corners + 15], 1).astype(np.float32),
                'gt_bboxes_labels': rng.integers(0, 2, count),
                'texts': ['cat', 'dog'],
            }
            items.append(pack(build(results)))
        return items, FUNCTIONS.get('vlm_train_collate')(items)

    return make
