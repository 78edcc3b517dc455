"""Whether ``--amp`` helps on this CPU: a training step of the nano model in fp32 and in bf16.

The batch is noise, the optimiser AdamW with clipping, as in the demo's recipe.
"""

from __future__ import annotations

import argparse
import os
import tempfile

import _paths  # noqa: F401
from _interleave import interleaved
from _nano import nano_model, synthetic_batch


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--batch-size', type=int, default=16)
    parser.add_argument('--size', type=int, default=160, help='side of an image, pixels')
    parser.add_argument('--rounds', type=int, default=7)
    return parser.parse_args()


def measure(batch_size: int, image_size: int, rounds: int) -> tuple[float, float, float]:
    """Seconds of a step in fp32, seconds in bf16, and fp32 / bf16."""
    import torch
    from mmengine.optim import OptimWrapper

    from vl_runtime.engine.cpu_amp_optim_wrapper import CpuAmpOptimWrapper

    batch = synthetic_batch(batch_size, image_size, ['red star', 'blue square', 'green circle'])
    steps = []
    for wrapper_type in (OptimWrapper, CpuAmpOptimWrapper):
        model = nano_model()
        trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        optimizer = torch.optim.AdamW(trained, lr=1e-4, weight_decay=0.05)
        wrapper = wrapper_type(optimizer, clip_grad=dict(max_norm=10.0))
        steps.append(lambda model=model, wrapper=wrapper: model.train_step(batch, wrapper))
    return interleaved(*steps, rounds)


def instructions() -> str:
    """The instructions of this CPU that multiply bf16 numbers."""
    import torch

    found = [name for name in ('avx512_bf16', 'amx_bf16') if torch.cpu.get_capabilities().get(name)]
    return ', '.join(found) or 'none known'


def main() -> None:
    args = parse_args()
    import torch

    from vl_runtime.reports.tables import text_table

    with tempfile.TemporaryDirectory() as folder:
        os.environ['MMGROUND_CACHE'] = folder
        fp32, bf16, ratio = measure(args.batch_size, args.size, args.rounds)
    print(f'bf16 instructions: {instructions()}; {torch.get_num_threads()} threads')
    row = (
        f'{args.batch_size} x {args.size} x {args.size}',
        f'{1000 * fp32:.0f} ms',
        f'{1000 * bf16:.0f} ms',
        f'{ratio:.2f}',
    )
    print(text_table(('training step', 'fp32', 'bf16', 'fp32 / bf16'), [row]))


if __name__ == '__main__':
    main()
