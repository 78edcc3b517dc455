"""Draw a data set in CIRR's layout: coloured shapes, and changes such as "make the circle blue"."""

import argparse

import _paths  # noqa: F401


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog='A group is 6 pictures and 5 queries, as in CIRR.'
    )
    parser.add_argument('--out', default='data/composed_shapes', help='folder (%(default)s)')
    parser.add_argument('--train', type=int, default=400, metavar='N', help='groups (%(default)s)')
    parser.add_argument('--val', type=int, default=60, metavar='N', help='groups (%(default)s)')
    parser.add_argument(
        '--test', type=int, default=10, metavar='N', help='groups without targets (%(default)s)'
    )
    parser.add_argument('--image-size', type=int, default=96, help='pixels a side (%(default)s)')
    parser.add_argument('--seed', type=int, default=0)
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        from composed_retrieval.demo.composed_shapes import (
            ComposedShapesSpec,
            make_composed_shapes,
        )

        spec = ComposedShapesSpec(args.train, args.val, args.test, args.image_size, args.seed)
        folder = make_composed_shapes(args.out, spec)
    print(f'{folder}: groups of 6: {args.train} train, {args.val} val, {args.test} test1')


if __name__ == '__main__':
    main()
