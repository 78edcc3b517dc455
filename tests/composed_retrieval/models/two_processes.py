"""What each of two processes computes of its share of a batch."""

from pathlib import Path

import torch
import torch.distributed
from mmengine.registry import MODEL_WRAPPERS, MODELS

import composed_retrieval  # noqa: F401  (registers)
import vl_runtime.engine  # noqa: F401  (registers the wrapper)


def share(batch, rows):
    """Some pairs of an uncollated batch."""
    inputs = {side: pictures[rows] for side, pictures in batch['inputs'].items()}
    return {'inputs': inputs, 'data_samples': batch['data_samples'][rows]}


def gradients(model):
    """Of what is trained, by name."""
    named = model.named_parameters()
    return {name: weight.grad for name, weight in named if weight.grad is not None}


def compute(rank: int, cases: list, batch: dict, shares: list, folder: str) -> None:
    """Losses and gradients of every case, written to ``folder/<rank>.pth``."""
    torch.set_num_threads(1)
    store = f'file://{folder}/store'
    torch.distributed.init_process_group('gloo', init_method=store, rank=rank, world_size=2)
    results = []
    for config in cases:
        torch.manual_seed(0)
        model = MODELS.build(config)
        wrapped = MODEL_WRAPPERS.build(
            dict(type='TrainedPartDataParallel'), default_args=dict(module=model)
        )
        data = model.data_preprocessor(share(batch, shares[rank]))
        losses = wrapped(**data, mode='loss')
        sum(value for name, value in losses.items() if 'loss' in name).backward()
        results.append(({n: v.detach() for n, v in losses.items()}, gradients(model)))
    torch.save(results, Path(folder) / f'{rank}.pth')
    torch.distributed.destroy_process_group()
