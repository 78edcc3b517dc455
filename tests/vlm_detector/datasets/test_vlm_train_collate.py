"""Training batches of any picture sizes."""

import numpy as np
import pytest
from mmengine.registry import FUNCTIONS, TRANSFORMS
from torch.utils.data import DataLoader

from vl_runtime.errors import InputValueError
from vlm_detector.families import FAMILIES


class Conversations:
    """A data set of three pictures of different sizes with 0, 1 and 2 objects."""

    def __init__(self, encoder, with_answers=True):
        kinds = ['BuildConversation'] * with_answers + ['PackConversation']
        self.steps = [TRANSFORMS.build({'type': kind, 'encoder': encoder}) for kind in kinds]

    def __len__(self):
        return 3

    def __getitem__(self, index):
        size = [(70, 100), (128, 64), (90, 90)][index]
        results = {
            'img': np.full((*size, 3), 40 * index, np.uint8),
            'img_path': f'{index}.jpg',
            'gt_bboxes': np.array([[1, 2, 30, 40], [5, 6, 50, 60]][:index], np.float32),
            'gt_bboxes_labels': np.zeros(index, np.int64),
            'texts': ['cat'],
        }
        for step in self.steps:
            results = step(results)
        return results


@pytest.fixture(params=sorted(FAMILIES))
def encoder(request, tiny_folder):
    return {'family': request.param, 'source': str(tiny_folder(request.param))}


@pytest.mark.parametrize('num_workers', [0, 1])
def test_pictures_of_any_size_make_a_batch_also_in_a_worker(encoder, num_workers):
    collate = FUNCTIONS.get('vlm_train_collate')
    loader = DataLoader(
        Conversations(encoder), batch_size=3, num_workers=num_workers, collate_fn=collate
    )
    (batch,) = loader
    inputs = batch['inputs']
    assert len(inputs['input_ids']) == len(batch['data_samples']) == 3
    assert len(inputs['coordinate_flags']) == (inputs['labels'] != -100).sum()
    assert inputs['coordinate_flags'].any()


def test_an_item_without_answer_is_named(encoder):
    items = Conversations(encoder, with_answers=False)
    with pytest.raises(
        InputValueError, match=r'none at index 0 \(0\.jpg\); training pipelines need'
    ):
        FUNCTIONS.get('vlm_train_collate')([items[0], items[1]])
