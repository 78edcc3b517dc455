"""Convert pictures with masks of their main subject (DUTS layout) to COCO JSON.

python tools/prepare_data/saliency.py --data-dir data/duts --visualize
python tools/prepare_data/saliency.py --download-help
"""

import argparse

import _paths  # noqa: F401


def parse_args(argv=None):
    """The command line."""
    parser = argparse.ArgumentParser(
        description='Masks -> COCO JSON with boxes and masks of the main subject, in splits, with '
        'statistics in annotations/split_stats.json.',
        epilog='Exit status 1 when a file is broken and --skip-broken is not given; nothing is '
        'written then.',
    )
    parser.add_argument('--data-dir', metavar='FOLDER', help='holds the two folders')
    parser.add_argument(
        '--out', metavar='DATA_ROOT', help='annotations/ goes there (default: the data folder)'
    )
    add_layout(parser.add_argument_group('pictures and masks'))
    add_objects(parser.add_argument_group('from mask to object'))
    add_splits(parser.add_argument_group('splits'))
    parser.add_argument(
        '--skip-broken', action='store_true', help='leave broken pairs out and count them'
    )
    parser.add_argument(
        '--visualize', action='store_true', help='write annotations/samples.jpg: nine pictures'
    )
    parser.add_argument(
        '--download-help', action='store_true', help='where DUTS, MSRA-B and DUT-OMRON are'
    )
    return parser.parse_args(argv)


def add_layout(group):
    """Names of folders and files."""
    group.add_argument('--image-dir', default='images', help='default: images')
    group.add_argument('--mask-dir', default='masks', help='default: masks')
    group.add_argument(
        '--image-suffix', default='', metavar='END', help='behind the stem (default: any picture)'
    )
    group.add_argument(
        '--mask-suffix', default='', metavar='END', help='such as .png or _mask.png (default: any)'
    )


def add_objects(group):
    """How a mask becomes objects."""
    group.add_argument(
        '--threshold', type=int, default=127, help='values above are object, of 255 (default: 127)'
    )
    group.add_argument(
        '--component',
        choices=('largest', 'all', 'union'),
        default='largest',
        help='the largest part, each part, or all as one object (default: largest)',
    )
    group.add_argument('--connectivity', type=int, choices=(4, 8), default=4, help='default: 4')
    group.add_argument(
        '--min-area', type=int, default=1, metavar='PIXELS', help='smaller parts do not count'
    )


def add_splits(group):
    """How many pictures go where."""
    group.add_argument('--train-size', type=int, default=2000, help='pictures (default: 2000)')
    group.add_argument('--val-size', type=int, default=500, help='default: 500')
    group.add_argument('--test-size', type=int, default=500, help='default: 500')
    group.add_argument('--seed', type=int, default=42, help='default: 42')
    group.add_argument('--max-samples', type=int, metavar='N', help='read only N pairs, by seed')


def main(argv=None):
    """Parse, convert, print the summary."""
    args = parse_args(argv)
    from vl_runtime.errors import InputValueError, one_line_errors

    with one_line_errors():
        if args.download_help:
            from vl_runtime.downloads import help_lines

            print('\n'.join(help_lines('duts_tr', 'duts_te', 'msra_b', 'dut_omron')))
            return
        if not args.data_dir:
            raise InputValueError(
                'expected --data-dir FOLDER; --download-help says what goes there.'
            )
        print('\n'.join(run(args)))


def run(args):
    """Convert; the lines that tell what was written."""
    from tqdm import tqdm

    from vl_runtime.converters import MaskObjects, SaliencyLayout, convert_saliency

    objects = MaskObjects(args.threshold, args.component, args.connectivity, args.min_area)
    return convert_saliency(
        args.data_dir,
        args.out,
        layout=SaliencyLayout(
            args.image_dir, args.mask_dir, args.image_suffix, args.mask_suffix, objects
        ),
        sizes={'train': args.train_size, 'val': args.val_size, 'test': args.test_size},
        seed=args.seed,
        max_samples=args.max_samples,
        skip_broken=args.skip_broken,
        visualize=args.visualize,
        progress=lambda files: tqdm(files, desc='reading', unit='pair'),
    )


if __name__ == '__main__':
    main()
