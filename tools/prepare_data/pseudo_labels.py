"""Label an image folder with captions by a detector: CC3M-style annotations with scores.

python tools/prepare_data/pseudo_labels.py RECIPE CHECKPOINT images/ captions.json --out labels.json
"""

import argparse

import _paths  # noqa: F401


def parse_args(argv=None):
    """The command line."""
    parser = argparse.ArgumentParser(
        description='Find the noun phrases of captions in their images and write the boxes as '
        'annotations with tokens and a score (read by YOLOv5GeneralGroundingDataset).',
        epilog='Can be stopped and started again: what is done stays, in OUT.shards/. Several '
        'processes: --shard 0/8 ... 7/8, or torchrun (RANK, WORLD_SIZE); the last one to end '
        'writes OUT. Exit status 1 when an image could not be read.',
    )
    parser.add_argument('config', help='recipe of the detector')
    parser.add_argument('checkpoint', help='its weights')
    parser.add_argument('images', help='folder that file names are relative to')
    parser.add_argument(
        'captions', help='.json, .csv or .tsv: file -> caption, or file -> list of phrases (JSON)'
    )
    parser.add_argument('--out', required=True, metavar='FILE', help='annotation file (.json)')
    parser.add_argument('--score-threshold', type=float, default=0.3, help='default: 0.3')
    parser.add_argument(
        '--nms', type=float, default=0.5, help='overlap of boxes of any phrase (default: 0.5)'
    )
    parser.add_argument('--max-boxes', type=int, default=100, help='in an image (default: 100)')
    parser.add_argument('--shard', metavar='I/N', help='part I (from 0) of N')
    parser.add_argument('--device', default='auto', help='auto, cpu, cuda:0 (default: auto)')
    parser.add_argument(
        '--trust-checkpoint', action='store_true', help='load a file of your own that carries code'
    )
    parser.add_argument(
        '--cfg-options', nargs='+', action='extend', metavar='KEY=VALUE', help='recipe values'
    )
    return parser.parse_args(argv)


def main(argv=None):
    """Parse, label this shard, merge when it was the last; the exit status."""
    args = parse_args(argv)
    import sys

    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        counts, unread = run(args)
    if counts is None:
        print('this shard is done; others are not, the last one to end writes the file')
    else:
        print(
            f'{counts["images"]} images with {counts["boxes"]} boxes, '
            f'{counts["without_boxes"]} images without a box left out: {args.out}'
        )
    for line in unread:
        print(f'error: {line}', file=sys.stderr)
    return 1 if unread else 0


def run(args):
    """(counts of the merged file or None, reasons of images that could not be read)."""
    from tqdm import tqdm

    from vl_runtime.inference import Predictor
    from vl_runtime.pseudo_labels import (
        LabelSettings,
        ShardFile,
        label_shard,
        merge_shards,
        only_labeller,
        parse_shard,
        read_captions,
        shard_path,
    )

    index, number = parse_shard(args.shard)
    settings = LabelSettings(args.score_threshold, args.nms, args.max_boxes)
    images = read_captions(args.captions)
    info = {'config': args.config, 'checkpoint': args.checkpoint, **vars(settings)}
    path = shard_path(args.out, index, number)
    with only_labeller(path):
        shard = ShardFile(path, info)
        predictor = Predictor.from_checkpoint(
            args.config,
            args.checkpoint,
            args.device,
            cfg_options=args.cfg_options,
            trust_checkpoint=args.trust_checkpoint,
        )
        predictor.check_arguments(args.score_threshold, args.max_boxes, 1)
        label_shard(
            predictor,
            images[index::number],
            args.images,
            shard,
            settings,
            progress=lambda items, **kwargs: tqdm(items, desc='labelling', unit='image', **kwargs),
        )
    unread = [record['error'] for record in shard.records.values() if 'error' in record]
    return merge_shards(images, args.out, number, info), unread


if __name__ == '__main__':
    raise SystemExit(main())
