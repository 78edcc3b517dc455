"""Fine-tune the demo's detector on three new phrases by each way; show what is gained and lost."""

import argparse

from _paths import REPOSITORY


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--start', default='work_dirs/demo/best.pth', help='weights of the demo (make demo)'
    )
    parser.add_argument('--ways', nargs='+', help='some of the ways (default: all)')
    parser.add_argument('--work-dir', default='work_dirs/retention_trade')
    parser.add_argument('--shapes-root', default='data/shapes', help="the demo's data")
    parser.add_argument('--target-root', default='data/shapes_target', help='the new phrases')
    parser.add_argument('--recipes', default=str(REPOSITORY / 'configs/demo'), help='their folder')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        from vl_runtime import compat

        compat.install()
        from yolo_world.retention_trade import WAYS, measure_trade, trade_table

        rows = measure_trade(
            args.recipes,
            args.start,
            ways=args.ways or tuple(WAYS),
            work_dir=args.work_dir,
            shapes_root=args.shapes_root,
            target_root=args.target_root,
            say=lambda line: print(line, flush=True),
        )
    print(f'\n{trade_table(rows)}\n\nreport: {args.work_dir}/retention_trade.md')


if __name__ == '__main__':
    main()
