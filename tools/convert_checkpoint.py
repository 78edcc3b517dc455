"""Weights of other projects -> ours: YOLO-World, Ultralytics YOLOv8, BLIP-2 and SPRC.

python tools/convert_checkpoint.py yolov8s-worldv2.pt --out checkpoints/worldv2_s.pth --compare
python tools/convert_checkpoint.py tuned_recall_at1.pt --to composed_retriever --out sprc.pth
"""

import argparse

import _paths  # noqa: F401

_RETRIEVERS = ('composed_retriever', 'sprc')


def parse_args(argv=None):
    """The command line."""
    parser = argparse.ArgumentParser(
        description='Convert a checkpoint and tell which keys matched, which are missing and '
        'which have no place.',
        epilog='Ultralytics files are read without running their code. YOLOv8 starts the '
        'backbone, neck and box branch of YOLO-World; its class branch can not match. '
        'composed_retriever takes a file of SPRC or LAVIS, a folder, or a hub name.',
    )
    parser.add_argument('source', help='.pth or .pt file; a folder or a hub name')
    parser.add_argument('--out', required=True, metavar='FILE', help='new checkpoint (.pth)')
    parser.add_argument('--config', metavar='RECIPE', help='hold the keys against this model')
    parser.add_argument(
        '--to',
        choices=('yolo_world', 'yolov8', 'composed_retriever', 'sprc'),
        default='yolo_world',
        help="yolov8: mmyolo's YOLOv8, from a YOLOv8 file; composed_retriever: a retrieval model; "
        "sprc: back to SPRC's layout (default: yolo_world)",
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


def _convert_detector(args, config):
    import yolo_world  # noqa: F401  (registers the models)
    from yolo_world.checkpoint_conversion import convert_checkpoint

    return convert_checkpoint(
        args.source,
        args.out,
        config=config,
        target=args.to,
        compare_with_source=args.compare,
        trust=args.trust_checkpoint,
    )


def _convert_retriever(args, config):
    import composed_retrieval  # noqa: F401  (registers the models)
    from composed_retrieval.checkpoint_conversion import convert_retriever
    from vl_runtime.errors import InputValueError

    if args.compare:
        raise InputValueError(f'--compare: there is no source network for --to {args.to}.')
    return convert_retriever(
        args.source, args.out, config=config, target=args.to, trust=args.trust_checkpoint
    )


def main(argv=None):
    """Parse, convert, print the report."""
    args = parse_args(argv)
    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        from vl_runtime.launch import load_config

        config = load_config(args.config) if args.config else None
        convert = _convert_retriever if args.to in _RETRIEVERS else _convert_detector
        conversion = convert(args, config)
        print('\n'.join(conversion.lines()))
        print(f'written: {args.out}')


if __name__ == '__main__':
    main()
