"""See what training sees: a grid of samples after the pipeline, with boxes and texts.

python tools/browse.py RECIPE --num 16 --out browse.png
"""

import argparse

import _paths  # noqa: F401
from _run_arguments import add_cfg_options


def parse_args(argv=None):
    """The command line."""
    parser = argparse.ArgumentParser(
        description='Draw samples of a recipe as training gets them, in one picture.'
    )
    parser.add_argument('config', help='recipe')
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
    from vl_runtime.launch import load_config
    from vl_runtime.sample_pictures import sample_pictures
    from vl_runtime.visualization import image_grid

    with one_line_errors():
        config = load_config(args.config, args.cfg_options)
        samples = sample_pictures(config, args.num, seed=args.seed, part=args.part)
        pictures, captions = zip(*tqdm(samples, total=args.num, desc='loading', unit='sample'))
        grid = image_grid(pictures, captions, columns=args.columns, cell_size=args.cell)
        write_image(args.out, grid)
        print(f'{len(pictures)} samples of {args.config} ({args.part}): {args.out}')


if __name__ == '__main__':
    main()
