"""Detectors without weights that answer what a test can work out by hand."""

import contextlib
import time

import torch
from mmengine.model import BaseModel
from mmengine.registry import MODELS
from mmengine.structures import InstanceData

from vl_runtime.asked_task import AskedTask


class SquareDetector(BaseModel):
    """One box for each text: the square (k, k)-(k + 2, k + 2) of the network's input, score by k.

    Label k has the score 0.9 / (k + 1). Counts what it is asked.
    """

    def __init__(self, num_classes=3, data_preprocessor=None, test_cfg=None):
        super().__init__(data_preprocessor=data_preprocessor)
        self.weight = torch.nn.Parameter(torch.zeros(2))
        self.num_classes = num_classes
        self.batch_sizes = []

    def forward(self, inputs, data_samples=None, mode='tensor'):
        assert mode == 'predict'
        assert not self.training
        self.batch_sizes.append(len(inputs))
        for sample in data_samples:
            assert 'texts' not in sample
            k = torch.arange(self.num_classes, dtype=torch.float32)
            boxes = torch.stack([k, k, k + 2, k + 2], dim=1)
            boxes = boxes / torch.tensor(sample.scale_factor).repeat(2)
            sample.pred_instances = InstanceData(
                bboxes=boxes.flip(0), scores=(0.9 / (k + 1)).flip(0), labels=k.long().flip(0)
            )
        return data_samples


@MODELS.register_module(force=True)
class ClosedSquareDetector(SquareDetector):
    """Fixed classes."""


@MODELS.register_module(force=True)
class TextSquareDetector(SquareDetector):
    """Takes texts; remembers each vocabulary that it had to encode."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.encoded = []
        self.text_feats = None

    def set_vocabulary(self, texts, background=False, text_feats=None):
        if text_feats is None:
            self.encoded.append((texts, background))
        self.text_feats = text_feats
        self.num_classes = len(texts)


@MODELS.register_module(force=True)
class MaskSquareDetector(TextSquareDetector):
    """Adds masks in the size of the original: the left half of the picture for each box."""

    def forward(self, inputs, data_samples=None, mode='tensor'):
        for sample in super().forward(inputs, data_samples, mode):
            height, width = sample.ori_shape
            masks = torch.zeros(len(sample.pred_instances), height, width, dtype=torch.bool)
            masks[:, :, : width // 2] = True
            sample.pred_instances.masks = masks
        return data_samples


@MODELS.register_module(force=True)
class AskedSquareDetector(TextSquareDetector):
    """Writes what it was asked and which weights wrote it; slowly, so that others get between.

    Tasks: detection, one phrase at a time, regions with captions, a caption without boxes.
    """

    task = 'detection'
    has_adapter = True
    weights = 'adapter'

    def asked_tasks(self, first=()):
        listed = {
            'detection': AskedTask('detection', 'Find {classes}.'),
            'phrase': AskedTask('phrase', 'Find {phrase}.', texts='each'),
            'regions': AskedTask('regions', '<REGIONS>', texts='none', labels=('region',)),
            'caption': AskedTask('caption', 'Describe.', answer='text', texts='none'),
        }
        return [listed[name] for name in dict.fromkeys((*first, *listed))]

    @contextlib.contextmanager
    def weights_in_use(self, version):
        before, self.weights = self.weights, version
        try:
            yield
        finally:
            self.weights = before

    def set_vocabulary(self, texts, background=False, text_feats=None):
        super().set_vocabulary(texts, background, text_feats)
        self.texts = texts

    def forward(self, inputs, data_samples=None, mode='tensor'):
        weights = self.weights
        time.sleep(0.002)
        assert weights == self.weights
        for sample in super().forward(inputs, data_samples, mode):
            task = sample.metainfo.get('task') or self.task
            if task == 'caption':
                sample.pred_instances = sample.pred_instances[:0]
            if task == 'regions':
                sample.pred_instances.captions = [f'a square of {weights}']
            asked = 'a picture' if task == 'caption' else ', '.join(self.texts)
            sample.answer = f'{weights} on {asked}'
            sample.parse_status = 'recovered' if weights == 'base' else 'ok'
            sample.truncated = weights == 'base'
            sample.set_metainfo({'prompts': (f'{task}?',)})
        return data_samples
