"""A model that counts tokens: a frozen base, a part for texts and one for pictures."""

import torch
from mmengine.model import BaseModel
from mmengine.registry import DATASETS, FUNCTIONS, MODELS
from torch import nn
from torch.utils.data import Dataset


@DATASETS.register_module()
class TokenDataset(Dataset):
    """Answers of 1 to 9 tokens; every fourth block of two has no picture."""

    metainfo = {'classes': ('token',)}

    def __init__(self, size=36):
        self.size = size

    def __len__(self):
        return self.size

    def __getitem__(self, index):
        generator = torch.Generator().manual_seed(index)
        length = int(torch.randint(1, 10, (), generator=generator))
        return {
            'x': torch.randn(length, 6, generator=generator),
            'y': torch.randn(length, generator=generator),
            'has_picture': index // 2 % 4 != 1,
        }


@FUNCTIONS.register_module()
def token_collate(batch):
    """One long sequence; pictures are a flag a token."""
    picture = [torch.full((len(item['x']),), item['has_picture']) for item in batch]
    return {
        'x': torch.cat([item['x'] for item in batch]),
        'y': torch.cat([item['y'] for item in batch]),
        'picture': torch.cat(picture),
    }


@MODELS.register_module()
class TokenModel(BaseModel):
    """Mean loss over tokens; ``pictures`` gets no gradient from a batch without one."""

    def __init__(self, counts=True):
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.base = nn.Linear(6, 6)
        self.base.requires_grad_(False)
        self.texts = nn.Linear(6, 1)
        self.pictures = nn.Linear(6, 1)
        for parameter in self.parameters():
            parameter.data = torch.randn(parameter.shape, generator=generator)
        self.counts = counts

    def forward(self, x, y, picture, mode='loss'):
        hidden = torch.tanh(self.base(x))
        predicted = self.texts(hidden)[:, 0]
        if picture.any():
            predicted = predicted + self.pictures(hidden)[:, 0] * picture
        losses = {'loss': (predicted - y).square().mean()}
        return {**losses, 'num_tokens': torch.tensor(float(len(x)))} if self.counts else losses
