"""Find boxes in the images of a data set or a folder, for composed retrieval.

python tools/generate_boxes.py configs/_base_/datasets/cirr.py --split train val --method saliency
python tools/generate_boxes.py --images photos/ --method detector --detector RECIPE --checkpoint W
"""

import argparse

import _paths  # noqa: F401
from _run_arguments import add_cfg_options

METHODS = ('detector', 'saliency', 'hybrid', 'open-vocab')


def parse_args(argv=None):
    """The command line."""
    parser = argparse.ArgumentParser(
        description='Write a box file (fractions of the original images) with a sidecar of '
        'metadata. detector: boxes of any detector of the toolkit; saliency: regions that stand '
        'out, no model; hybrid: the detector, saliency where it finds nothing; open-vocab: the '
        'noun phrases of each caption, in both images of its pair.',
        epilog='Can be stopped and started again: what is done stays, in OUT.shards/. Several '
        'processes: --shard 0/8 ... 7/8, or torchrun (RANK, WORLD_SIZE); the last one to end '
        'writes OUT. Exit status 1 when more images than --max-fail failed.',
    )
    parser.add_argument('config', nargs='?', metavar='DATASET_CONFIG', help='of a data set')
    parser.add_argument('--images', metavar='DIR', help='a folder in place of a data set')
    parser.add_argument('--method', choices=METHODS, required=True)
    parser.add_argument('--split', nargs='+', default=['train'], help='of the data set: train')
    parser.add_argument('--max-images', type=int, metavar='N', help='the first N only')
    parser.add_argument(
        '--out',
        metavar='FILE',
        help='default: work_dirs/cir_boxes/DATASET_METHOD_SPLIT.json; {split} stands for the split',
    )
    parser.add_argument('--with-scores', action='store_true', help='the form with scores, labels')
    parser.add_argument('--detector', metavar='RECIPE', help='of the detector')
    parser.add_argument('--checkpoint', help='its weights')
    parser.add_argument('--texts', nargs='+', default=(), help="in place of the recipe's classes")
    parser.add_argument('--score-threshold', type=float, help='0.3; open-vocab 0.05; saliency 0')
    parser.add_argument('--nms-iou', type=float, help='default: 0.7')
    parser.add_argument('--min-area', type=float, help='share of the image (default: 0.01)')
    parser.add_argument('--max-boxes', type=int, help='an image (default: 5; saliency 3)')
    parser.add_argument('--sort-by', choices=('area', 'score'), help='area; open-vocab score')
    parser.add_argument('--batch-size', type=int, default=8, help='default: 8')
    parser.add_argument('--shard', metavar='I/N', help='part I (from 0) of N')
    parser.add_argument('--max-fail', type=int, default=0, metavar='N', help='default: 0')
    parser.add_argument('--device', default='auto', help='auto, cpu, cuda:0 (default: auto)')
    parser.add_argument(
        '--trust-checkpoint', action='store_true', help='load a file of your own that carries code'
    )
    add_cfg_options(parser, 'change DATASET_CONFIG')
    return parser.parse_args(argv)


def main(argv=None):
    """Parse, find, merge; the exit status."""
    args = parse_args(argv)
    import sys

    from vl_runtime.errors import one_line_errors

    failed = 0
    with one_line_errors():
        for out, summary in run(args):
            if summary is None:
                print(f'{out}: this shard is done; others are not, the last one to end writes it')
                continue
            print(
                f'{summary["boxes"]} boxes in {summary["with_boxes"]} of {summary["images"]} '
                f'images: {out}'
            )
            for reason in list(summary['failed'].values())[:10]:
                print(f'error: {reason}', file=sys.stderr)
            failed += len(summary['failed'])
    if failed:
        print(f'{failed} images failed', file=sys.stderr)
    return 1 if failed > args.max_fail else 0


def run(args):
    """(box file, summary or None) of each split."""
    from tqdm import tqdm

    import composed_retrieval  # noqa: F401
    from composed_retrieval.boxes.box_generation import BoxGeneration
    from composed_retrieval.boxes.box_methods import DetectorSource

    source = None
    if args.detector or args.checkpoint:
        source = DetectorSource(
            args.detector,
            args.checkpoint,
            args.device,
            tuple(args.texts),
            args.trust_checkpoint,
        )
    changes = ('score_threshold', 'nms_iou', 'min_area', 'max_boxes', 'sort_by')
    generation = BoxGeneration(
        args.method,
        source,
        selection_changes={name: getattr(args, name) for name in changes},
        max_images=args.max_images,
        batch_size=args.batch_size,
        shard=args.shard,
        with_scores=args.with_scores,
        progress=lambda items, **kwargs: tqdm(items, desc='boxes', unit='image', **kwargs),
    )
    if args.images or not args.config:
        return generation.of_folder(args.images, args.out, args.config)
    return generation.of_splits(args.config, args.split, args.out, args.cfg_options)


if __name__ == '__main__':
    raise SystemExit(main())
