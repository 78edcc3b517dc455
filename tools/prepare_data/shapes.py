"""Draw the data set of coloured shapes that the demo trains on."""

import argparse

import _paths  # noqa: F401


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--out', default='data/shapes', help='folder (default: data/shapes)')
    parser.add_argument('--num-train', type=int, default=600)
    parser.add_argument('--num-val', type=int, default=60)
    parser.add_argument('--num-test', type=int, default=200)
    parser.add_argument('--image-size', type=int, default=160, help='pixels a side')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument(
        '--target', action='store_true', help='three new phrases instead, a target for fine-tuning'
    )
    parser.add_argument(
        '--polygons', action='store_true', help='write outlines too, for segmentation'
    )
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    from vl_runtime.demo.shapes_data import ShapesSpec, make_shapes_dataset
    from vl_runtime.errors import one_line_errors

    options = dict(vars(args))
    with one_line_errors():
        folder = make_shapes_dataset(options.pop('out'), ShapesSpec(**options))
    print(f'{folder}: {args.num_train} training, {args.num_val} validation, {args.num_test} test')


if __name__ == '__main__':
    main()
