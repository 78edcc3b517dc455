"""Ranking a gallery of composed retrieval: chunked matrix products, and the broadcast product.

1. scores and the 50 best, the same pictures from both (checked);
2. with --memory-images: peak memory of ranking so many pictures from a file in half precision.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import _paths  # noqa: F401
from _interleave import interleaved


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--num-queries', type=int, default=32)
    parser.add_argument('--num-images', type=int, default=1000)
    parser.add_argument('--num-tokens', type=int, default=32, help='vectors of a picture')
    parser.add_argument('--width', type=int, default=256, help='of a vector')
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--memory-images', type=int, default=0, metavar='N', help='such as 100000')
    return parser.parse_args()


def measure(
    num_queries: int, num_images: int, num_tokens: int, width: int, rounds: int
) -> tuple[float, float, float]:
    """Seconds of the broadcast form, of ours, and broadcast / ours.

    Raises:
        RuntimeError: the two find different pictures.
    """
    import torch
    from torch.nn.functional import normalize

    from composed_retrieval.ranking import rank_gallery

    generator = torch.Generator().manual_seed(0)
    queries = normalize(torch.randn(num_queries, width, generator=generator), dim=-1)
    gallery = torch.randn(num_images, num_tokens, width, generator=generator)
    gallery = normalize(gallery, dim=-1)
    k = min(50, num_images)

    def broadcast() -> torch.Tensor:
        products = torch.matmul(queries[:, None, None], gallery.permute(0, 2, 1))
        return products.squeeze(2).amax(dim=-1).topk(k).indices

    def chunked() -> torch.Tensor:
        return rank_gallery(queries, gallery, k).indices

    same = (broadcast() == chunked()).float().mean().item()
    if same < 0.99:  # rounding may swap two neighbours
        raise RuntimeError(f'only {same:.1%} of the ranked pictures are the same.')
    return interleaved(broadcast, chunked, rounds)


def peak_memory(num_queries: int, num_images: int, num_tokens: int, width: int) -> float:
    """Peak memory of this process in GB, libraries included, after ranking pictures of a file."""
    import resource

    import numpy as np

    from composed_retrieval.ranking import rank_gallery

    generator = np.random.default_rng(0)
    queries = generator.standard_normal((num_queries, width), dtype=np.float32)
    with tempfile.TemporaryDirectory() as folder:
        gallery = np.lib.format.open_memmap(
            Path(folder) / 'gallery.npy', 'w+', np.float16, (num_images, num_tokens, width)
        )
        rank_gallery(queries, gallery, min(50, num_images))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def main() -> None:
    args = parse_args()
    from vl_runtime.reports.tables import text_table

    sizes = (args.num_tokens, args.width)
    if args.memory_images:
        peak = peak_memory(args.num_queries, args.memory_images, *sizes)
        print(f'{args.memory_images} pictures x {sizes[0]} x {sizes[1]}: peak {peak:.2f} GB')
    broadcast, chunked, ratio = measure(args.num_queries, args.num_images, *sizes, args.rounds)
    name = f'{args.num_queries} queries, {args.num_images} pictures x {sizes[0]} x {sizes[1]}'
    print('ranking a gallery: one broadcast product, and products in chunks')
    print(
        text_table(
            ('', 'broadcast', 'chunked', 'broadcast / chunked'),
            [(name, f'{broadcast:.3f} s', f'{chunked:.3f} s', f'{ratio:.1f}')],
        )
    )


if __name__ == '__main__':
    main()
