"""Predictions go to a file picture by picture, and the file alone is evaluated."""

import json

import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.dataset import BaseDataset
from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.structures import InstanceData

from vlm_detector.decoding import evaluate_file, predict_to_file, read_predictions


class Places(BaseDataset):
    """Pictures 10, 11, ... that are nothing but their number."""

    def load_data_list(self):
        return [{'img_id': 10 + place} for place in range(5)]


class Detector(torch.nn.Module):
    """One box per picture, as wide as its number; stops after some pictures."""

    def __init__(self, stop_after=None):
        super().__init__()
        self.seen, self.stop_after = [], stop_after

    def test_step(self, batch):
        return [self.answer(int(img_id)) for img_id in batch['img_id']]

    def answer(self, img_id):
        if self.stop_after is not None and len(self.seen) >= self.stop_after:
            raise KeyboardInterrupt
        self.seen.append(img_id)
        sample = DetDataSample(
            metainfo={
                'img_id': img_id,
                'ori_shape': (50, 50),
                'img_shape': (50, 50),
                'model_size_wh': (64, 64),
                'prompts': ('Locate.',),
            }
        )
        sample.pred_instances = InstanceData(
            bboxes=torch.tensor([[0.0, 0, img_id, 9]]),
            scores=torch.tensor([0.5]),
            labels=torch.tensor([0]),
        )
        sample.answers, sample.finished = ('text',), (True,)
        sample.parse_status, sample.counters = 'ok', {'clipped': 0}
        return sample


class MeanWidth(BaseMetric):
    def process(self, data_batch, data_samples):
        for sample in data_samples:
            boxes = sample['pred_instances']['bboxes']
            self.results.append(float(boxes[0, 2] - boxes[0, 0]))

    def compute_metrics(self, results):
        return {'width': float(np.mean(results))}


@pytest.fixture
def dataset():
    return Places(serialize_data=False)


def test_all_pictures_are_predicted_and_evaluated_later(dataset, tmp_path):
    path = tmp_path / 'p.jsonl'
    assert predict_to_file(Detector(), dataset, path, header={'model': 'x'}, batch_size=2) == 5
    assert [record['img_id'] for record in read_predictions(path)[1]] == [10, 11, 12, 13, 14]
    evaluator = Evaluator([MeanWidth()])
    evaluator.dataset_meta = dataset.metainfo
    assert evaluate_file(path, evaluator) == {'width': 12.0}


def test_a_stopped_run_predicts_only_what_is_missing(dataset, tmp_path):
    path = tmp_path / 'p.jsonl'
    with pytest.raises(KeyboardInterrupt):
        predict_to_file(Detector(stop_after=2), dataset, path, header={}, batch_size=1)
    model = Detector()
    assert predict_to_file(model, dataset, path, header={}, batch_size=2) == 3
    assert model.seen == [12, 13, 14]
    assert len(path.read_text().splitlines()) == 6
    assert json.loads(path.read_text().splitlines()[3])['img_id'] == 12
