"""Small detectors and a text encoder without a download."""

import copy
import hashlib

import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.registry import MODELS
from torch import nn

NORM = {'type': 'BN', 'momentum': 0.03, 'eps': 0.001}
CHANNELS = [256, 512, 512]


class TinyTextEncoder(nn.Module):
    """A fixed vector per text and a trainable layer; counts the texts it encodes."""

    embed_dims = 12

    def __init__(self, add_mask=False):
        super().__init__()
        self.add_mask = add_mask
        self.layer = nn.Linear(12, 12, bias=False)
        self.num_encoded = 0

    def forward(self, texts):
        self.num_encoded += sum(len(of_image) for of_image in texts)
        vectors = [[self._vector(text) for text in of_image] for of_image in texts]
        feats = self.layer(torch.stack([torch.stack(of_image) for of_image in vectors]))
        mask = torch.tensor([[float(text != '') for text in of_image] for of_image in texts])
        return nn.functional.normalize(feats, dim=-1), mask if self.add_mask else None

    @staticmethod
    def _vector(text):
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], 'big')
        return torch.randn(12, generator=torch.Generator().manual_seed(seed))


MODELS.register_module(name='TinyTextEncoder', module=TinyTextEncoder, force=True)


def _world_config(num_classes):
    scale = {'deepen_factor': 0.33, 'widen_factor': 0.0625, 'norm_cfg': NORM}
    return {
        'type': 'YOLOWorldDetector',
        'mm_neck': True,
        'data_preprocessor': {
            'type': 'YOLOWDetDataPreprocessor',
            'mean': [0.0] * 3,
            'std': [255.0] * 3,
            'bgr_to_rgb': True,
        },
        'backbone': {
            'type': 'MultiModalYOLOBackbone',
            'image_model': dict(type='YOLOv8CSPDarknet', last_stage_out_channels=512, **scale),
            'text_model': {'type': 'TinyTextEncoder'},
        },
        'neck': dict(
            type='YOLOWorldPAFPN',
            in_channels=CHANNELS,
            out_channels=CHANNELS,
            guide_channels=12,
            embed_channels=[128, 256, 256],
            num_heads=[32, 64, 64],
            **scale,
        ),
        'bbox_head': {
            'type': 'YOLOWorldHead',
            'head_module': {
                'type': 'YOLOWorldHeadModule',
                'num_classes': num_classes,
                'in_channels': CHANNELS,
                'widen_factor': 0.0625,
                'reg_max': 4,
                'embed_dims': 12,
                'use_bn_head': True,
            },
        },
        'train_cfg': {
            'assigner': {
                'type': 'BatchTaskAlignedAssigner',
                'num_classes': num_classes,
                'use_ciou': True,
                'topk': 10,
                'alpha': 0.5,
                'beta': 6.0,
                'eps': 1e-9,
            }
        },
        'test_cfg': {
            'multi_label': True,
            'nms_pre': 30000,
            'score_thr': 0.001,
            'nms': {'type': 'nms', 'iou_threshold': 0.7},
            'max_per_img': 300,
        },
    }


@pytest.fixture
def build_model():
    """Build a detector from a config dict without changing the dict."""

    def build(cfg):
        return MODELS.build(ConfigDict(copy.deepcopy(cfg)))

    return build


@pytest.fixture
def tiny_config():
    """``tiny_config(num_classes)``: config of a small YOLOWorldDetector with its own encoder."""
    return _world_config
