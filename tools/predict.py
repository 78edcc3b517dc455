"""Find texts in pictures and videos: draws the boxes and writes COCO-style JSON.

python tools/predict.py RECIPE CHECKPOINT pictures/ --texts "red circle" "helmet"
"""

import argparse

import _paths  # noqa: F401
from _run_arguments import add_cfg_options


def parse_args(argv=None):
    """The command line."""
    parser = argparse.ArgumentParser(
        description='Predict images, folders and videos with any recipe and checkpoint.',
        epilog='Writes OUT_DIR/predictions.json (COCO: images, categories, annotations with a '
        'score) and OUT_DIR/pictures/. Exit status 1 when a file could not be read.',
    )
    parser.add_argument('config', nargs='?', help='recipe; left out with --onnx')
    parser.add_argument(
        'checkpoint', nargs='?', help='weights that were trained with it; left out with --onnx'
    )
    parser.add_argument('inputs', nargs='*', metavar='INPUT', help='image, folder or video')
    parser.add_argument(
        '--onnx', metavar='FILE', help='a file of tools/export_onnx.py, no recipe and checkpoint'
    )
    parser.add_argument(
        '--texts',
        nargs='+',
        metavar='TEXT',
        help='what to look for: texts, or one .txt (a text on a line) or .json file (default: '
        'the classes of the recipe)',
    )
    parser.add_argument('--out-dir', default='outputs', help='default: outputs')
    parser.add_argument(
        '--score-threshold', type=float, default=0.3, help='least score of a box (default: 0.3)'
    )
    parser.add_argument('--max-boxes', type=int, default=100, help='in an image (default: 100)')
    parser.add_argument('--device', default='auto', help='auto, cpu, cuda:0 (default: auto)')
    parser.add_argument('--batch-size', type=int, default=8, help='default: 8')
    parser.add_argument('--recursive', action='store_true', help='search sub-folders too')
    parser.add_argument('--no-pictures', action='store_true', help='write the JSON only')
    parser.add_argument(
        '--background',
        action='store_true',
        help="add the text ' ' for what belongs to no text (models trained with padded texts)",
    )
    parser.add_argument(
        '--trust-checkpoint', action='store_true', help='load a file of your own that carries code'
    )
    add_cfg_options(parser)
    args = parser.parse_args(argv)
    if args.onnx:  # every name without an option is an input
        args.inputs = [item for item in (args.config, args.checkpoint) if item] + args.inputs
        args.config, args.checkpoint = None, args.onnx
    elif args.checkpoint is None:
        parser.error('expected a recipe and a checkpoint, or --onnx FILE')
    if not args.inputs:
        parser.error('expected at least one INPUT')
    return args


def main(argv=None):
    """Parse, predict, print what was found; the exit status."""
    args = parse_args(argv)
    import sys

    from tqdm import tqdm

    from vl_runtime.errors import one_line_errors
    from vl_runtime.predict_files import predict_files, read_texts

    with one_line_errors():
        texts = read_texts(args.texts)
        predictor = _predictor(args)
        writer, best_score = predict_files(
            predictor,
            args.inputs,
            args.out_dir,
            texts=texts,
            score_threshold=args.score_threshold,
            max_boxes=args.max_boxes,
            batch_size=args.batch_size,
            background=args.background,
            pictures=not args.no_pictures,
            recursive=args.recursive,
            info={'config': args.config, 'checkpoint': args.checkpoint},
            progress=lambda items, **kwargs: tqdm(items, desc='predicting', **kwargs),
        )
    found = writer.boxes_of_class
    names = ', '.join(f'{name} {count}' for name, count in found.items())
    print(f'{writer.num_images} images, {sum(found.values())} boxes{": " if names else ""}{names}')
    if not found:
        print(
            f'no box has a score of {args.score_threshold:g}; the best one has {best_score:.2g} '
            '(--score-threshold)'
        )
    print(f'written: {writer.json_path}{"" if args.no_pictures else f", {writer.picture_dir}/"}')
    for item in writer.left_out:
        print(f'error: {item["reason"]}', file=sys.stderr)
    if writer.left_out:
        print(f'error: {len(writer.left_out)} files could not be read', file=sys.stderr)
    return 1 if writer.left_out else 0


def _predictor(args):
    from vl_runtime.inference import Predictor

    if args.onnx:
        return Predictor.from_onnx(args.onnx, args.device)
    return Predictor.from_checkpoint(
        args.config,
        args.checkpoint,
        args.device,
        cfg_options=args.cfg_options,
        trust_checkpoint=args.trust_checkpoint,
    )


if __name__ == '__main__':
    raise SystemExit(main())
