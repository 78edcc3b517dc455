"""Weights of other projects -> ours: published YOLO-World, Ultralytics YOLOv8 and YOLO-World v2.

python tools/convert_checkpoint.py yolov8s-worldv2.pt --out checkpoints/worldv2_s.pth --compare
"""

import argparse

import _paths  # noqa: F401


def parse_args(argv=None):
    """The command line."""
    parser = argparse.ArgumentParser(
        description='Convert a checkpoint and tell which keys matched, which are missing and '
        'which have no place.',
        epilog='Ultralytics files are read without running their code. YOLOv8 starts the '
        'backbone, neck and box branch of YOLO-World; its class branch can not match.',
    )
    parser.add_argument('source', help='.pth or .pt file')
    parser.add_argument('--out', required=True, metavar='FILE', help='new checkpoint (.pth)')
    parser.add_argument('--config', metavar='RECIPE', help='hold the keys against this model')
    parser.add_argument(
        '--to',
        choices=('yolo_world', 'yolov8'),
        default='yolo_world',
        help="yolov8: mmyolo's YOLOv8, from a YOLOv8 file (default: yolo_world)",
    )
    parser.add_argument(
        '--compare',
        action='store_true',
        help='run both networks and refuse on a difference (needs: pip install ultralytics)',
    )
    parser.add_argument(
        '--trust-checkpoint', action='store_true', help='open a file of your own that carries code'
    )
    return parser.parse_args(argv)


def main(argv=None):
    """Parse, convert, print the report."""
    args = parse_args(argv)
    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        import yolo_world  # noqa: F401  (registers the models)
        from vl_runtime.launch import load_config
        from yolo_world.checkpoint_conversion import convert_checkpoint

        conversion = convert_checkpoint(
            args.source,
            args.out,
            config=load_config(args.config) if args.config else None,
            target=args.to,
            compare_with_source=args.compare,
            trust=args.trust_checkpoint,
        )
        print('\n'.join(conversion.lines()))
        print(f'written: {args.out}')


if __name__ == '__main__':
    main()
