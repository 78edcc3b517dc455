"""Arguments that several tools take; standard library only, so that help comes at once."""

from __future__ import annotations

import argparse


def add_cfg_options(
    parser: argparse.ArgumentParser, explanation: str = "values that replace the recipe's"
) -> None:
    """``--cfg-options KEY=VALUE ...``, which may be given several times."""
    parser.add_argument(
        '--cfg-options', nargs='+', action='extend', metavar='KEY=VALUE', help=explanation
    )


def add_trust(parser: argparse.ArgumentParser) -> None:
    """``--trust-checkpoint``."""
    parser.add_argument(
        '--trust-checkpoint',
        action='store_true',
        help='open a checkpoint that holds more than weights; only for files of your own',
    )


def add_sampling(parser: argparse.ArgumentParser) -> None:
    """How many samples of the data are looked at."""
    parser.add_argument('--num-samples', type=int, help='that many pictures, drawn (all)')
    parser.add_argument('--seed', type=int, default=0, help='of the draw (%(default)s)')


def add_launch_arguments(parser: argparse.ArgumentParser) -> None:
    """How a runner starts: which checkpoints it opens and what started its processes."""
    add_trust(parser)
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)
