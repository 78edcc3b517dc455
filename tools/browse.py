"""See what training sees: a grid of samples after the pipeline, with boxes and texts.

python tools/browse.py RECIPE --num 16 --out browse.png
python tools/browse.py boxes.json --images data/cirr/dev --fit 224
"""

import argparse

import _paths  # noqa: F401
from _run_arguments import add_cfg_options


def parse_args(argv=None):
    """The command line."""
    parser = argparse.ArgumentParser(
        description='Draw samples of a recipe as training gets them, or images of a box file of '
        'composed retrieval, in one picture.'
    )
    parser.add_argument('config', metavar='RECIPE|BOXES', help='recipe (.py) or box file (.json)')
    parser.add_argument('--images', metavar='DIR', help='of a box file: where its images are')
    parser.add_argument(
        '--fit',
        type=int,
        metavar='SIZE',
        help='of a box file: draw after pad, resize and crop to this side, as a model gets it',
    )
    parser.add_argument(
        '--target-ratio', type=float, default=1.25, help='for --fit: padded to it (default: 1.25)'
    )
    parser.add_argument('--num', type=int, default=16, help='samples (default: 16)')
    parser.add_argument('--out', default='browse.png', help='picture (default: browse.png)')
    parser.add_argument('--seed', type=int, default=0, help='of choice and augmentation')
    parser.add_argument(
        '--part', choices=('train', 'val', 'test'), default='train', help='default: train'
    )
    parser.add_argument('--columns', type=int, default=4, help='default: 4')
    parser.add_argument('--cell', type=int, default=400, help='side in pixels (default: 400)')
    add_cfg_options(parser)
    return parser.parse_args(argv)


def main(argv=None):
    """Parse, load the samples, write the grid."""
    args = parse_args(argv)
    from tqdm import tqdm

    from vl_runtime.errors import one_line_errors
    from vl_runtime.image_files import write_image
    from vl_runtime.visualization import image_grid

    with one_line_errors():
        samples = tqdm(shown(args), total=args.num, desc='loading', unit='sample')
        pictures, captions = zip(*samples)
        grid = image_grid(pictures, captions, columns=args.columns, cell_size=args.cell)
        write_image(args.out, grid)
        part = '' if args.config.endswith('.json') else f' ({args.part})'
        print(f'{len(pictures)} samples of {args.config}{part}: {args.out}')


def shown(args):
    """(picture, caption) of each sample."""
    from vl_runtime.errors import InputValueError

    if not args.config.endswith('.json'):
        from vl_runtime.launch import load_config
        from vl_runtime.sample_pictures import sample_pictures

        if args.images or args.fit:
            raise InputValueError('--images and --fit are for box files; a recipe has its own.')
        config = load_config(args.config, args.cfg_options)
        return sample_pictures(config, args.num, seed=args.seed, part=args.part)
    from composed_retrieval.boxes.box_pictures import box_pictures

    if not args.images:
        raise InputValueError('--images: needed to find the images of a box file.')
    return box_pictures(
        args.config,
        args.images,
        args.num,
        seed=args.seed,
        size=args.fit,
        target_ratio=args.target_ratio,
    )


if __name__ == '__main__':
    main()
