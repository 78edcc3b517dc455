"""Find texts in pictures, videos and what a camera sees: draws the boxes, writes COCO-style JSON.

python tools/predict.py RECIPE CHECKPOINT pictures/ --texts "red circle" "helmet"
"""

import argparse

import _paths  # noqa: F401
from _run_arguments import add_cfg_options


def parse_args(argv=None):
    """The command line."""
    parser = argparse.ArgumentParser(
        description='Predict images, folders, videos and a webcam with any recipe and checkpoint.',
        epilog='Writes OUT_DIR/predictions.json (COCO: images, categories, annotations with a '
        'score), OUT_DIR/pictures/, and OUT_DIR/frames/ with a line of JSON for each frame of a '
        'video. Exit status 1 when a file could not be read.',
    )
    parser.add_argument('config', nargs='?', help='recipe; left out with --onnx')
    parser.add_argument(
        'checkpoint',
        nargs='?',
        help='weights that were trained with it; left out with --onnx; "none" for a model as its '
        'makers trained it (model.lora=None) or behind a server',
    )
    parser.add_argument('inputs', nargs='*', metavar='INPUT', help='image, folder or video')
    parser.add_argument(
        '--onnx', metavar='FILE', help='a file of tools/export_onnx.py, no recipe and checkpoint'
    )
    _add_prompts(parser)
    _add_outputs(parser)
    parser.add_argument(
        '--score-threshold', type=float, default=0.3, help='least score of a box (default: 0.3)'
    )
    parser.add_argument('--max-boxes', type=int, default=100, help='in an image (default: 100)')
    parser.add_argument('--device', default='auto', help='auto, cpu, cuda:0 (default: auto)')
    parser.add_argument('--batch-size', type=int, default=8, help='default: 8')
    parser.add_argument('--recursive', action='store_true', help='search sub-folders too')
    parser.add_argument(
        '--webcam', type=int, metavar='NUMBER', help='a camera instead of files; the first is 0'
    )
    parser.add_argument('--max-frames', type=int, help='of the webcam (default: until Ctrl-C)')
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
    if bool(args.inputs) == (args.webcam is not None):
        parser.error('expected INPUT or --webcam NUMBER, and not both')
    return args


def _add_prompts(parser):
    parser.add_argument(
        '--texts',
        nargs='+',
        metavar='TEXT',
        help='what to look for: texts, or one .txt (a text on a line) or .json file (default: '
        'the classes of the recipe)',
    )
    parser.add_argument(
        '--image-prompt',
        nargs='+',
        action='extend',
        metavar='NAME=PICTURE',
        help='look for what a picture (or a folder of them) shows, besides --texts',
    )
    parser.add_argument(
        '--image-prompt-model',
        metavar='FOLDER',
        help='CLIP model whose text half the detector has; encodes --image-prompt',
    )
    parser.add_argument(
        '--embeddings', metavar='NPY', help='features (K, D) of the K --texts, instead of encoding'
    )
    parser.add_argument(
        '--background',
        action='store_true',
        help="add the text ' ' for what belongs to no text (models trained with padded texts)",
    )


def _add_outputs(parser):
    parser.add_argument('--out-dir', default='outputs', help='default: outputs')
    parser.add_argument('--no-pictures', action='store_true', help='write the JSON only')
    parser.add_argument(
        '--save-yolo', action='store_true', help='write OUT_DIR/labels/ in the YOLO format too'
    )
    parser.add_argument(
        '--show', action='store_true', help='open a window for each picture; q ends it'
    )


def main(argv=None):
    """Parse, predict, print what was found; the exit status."""
    args = parse_args(argv)
    from vl_runtime.errors import one_line_errors
    from vl_runtime.predict_webcam import open_webcam
    from vl_runtime.prompt_arguments import image_encoder, read_texts, set_prompts
    from vl_runtime.window import require_display

    with one_line_errors():
        texts = read_texts(args.texts)
        if args.show:
            require_display('--show')
        camera = None if args.webcam is None else open_webcam(args.webcam)
        predictor = _predictor(args)
        set_prompts(
            predictor,
            texts,
            embeddings=args.embeddings,
            image_prompts=args.image_prompt,
            encoder=image_encoder(args.image_prompt_model),
            background=args.background,
        )
        return _files(args, predictor) if camera is None else _webcam(args, predictor, camera)


def _predictor(args):
    if args.onnx:
        from vl_runtime.inference import Predictor

        return Predictor.from_onnx(args.onnx, args.device)
    from vl_runtime.trained_predictor import trained_predictor

    return trained_predictor(
        args.config,
        None if args.checkpoint == 'none' else args.checkpoint,
        args.device,
        cfg_options=args.cfg_options,
        trust_checkpoint=args.trust_checkpoint,
    )


def _files(args, predictor):
    from tqdm import tqdm

    from vl_runtime.predict_files import predict_files
    from vl_runtime.window import PictureWindow

    writer, best_score = predict_files(
        predictor,
        args.inputs,
        args.out_dir,
        score_threshold=args.score_threshold,
        max_boxes=args.max_boxes,
        batch_size=args.batch_size,
        pictures=not args.no_pictures,
        yolo_labels=args.save_yolo,
        recursive=args.recursive,
        show=PictureWindow() if args.show else None,
        info={'config': args.config, 'checkpoint': args.checkpoint},
        progress=lambda items, **kwargs: tqdm(items, desc='predicting', **kwargs),
    )
    return _tell(args, writer, best_score)


def _tell(args, writer, best_score):
    """Print the counts and the files; the exit status."""
    import sys

    from vl_runtime.prediction import below_the_threshold

    found = writer.boxes_of_class
    names = ', '.join(f'{name} {count}' for name, count in found.items())
    print(f'{writer.num_images} images, {sum(found.values())} boxes{": " if names else ""}{names}')
    if not found:
        print(
            f'no box has a score of {args.score_threshold:g}; {below_the_threshold(best_score)} '
            '(--score-threshold)'
        )
    folders = [writer.picture_dir] * (not args.no_pictures) + [writer.label_dir] * args.save_yolo
    print('written: ' + ', '.join([str(writer.json_path), *(f'{path}/' for path in folders)]))
    for item in writer.left_out:
        print(f'error: {item["reason"]}', file=sys.stderr)
    if writer.left_out:
        print(f'error: {len(writer.left_out)} files could not be read', file=sys.stderr)
    return 1 if writer.left_out else 0


def _webcam(args, predictor, camera):
    from tqdm import tqdm

    from vl_runtime.predict_webcam import predict_webcam
    from vl_runtime.window import has_display

    print('Ctrl-C ends it')
    num_frames, counts = predict_webcam(
        predictor,
        camera,
        args.out_dir,
        name=f'webcam_{args.webcam}',
        window=has_display(),
        pictures=not args.no_pictures,
        max_frames=args.max_frames,
        score_threshold=args.score_threshold,
        max_boxes=args.max_boxes,
        progress=lambda items, **kwargs: tqdm(items, desc='predicting', **kwargs),
    )
    names = ', '.join(f'{name} {count}' for name, count in counts.most_common())
    print(f'{num_frames} frames, {counts.total()} boxes{": " if names else ""}{names}')
    print(f'written: {args.out_dir}/frames/webcam_{args.webcam}.jsonl')
    return 0


if __name__ == '__main__':
    raise SystemExit(main())
