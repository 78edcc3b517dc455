"""Export a detector to ONNX (or TorchScript) and compare the file with it.

python tools/export_onnx.py RECIPE CHECKPOINT --custom-text texts.json --without-nms --simplify
"""

import argparse
from pathlib import Path

import _paths  # noqa: F401
from _run_arguments import add_cfg_options


def parse_args(argv=None):
    """The command line: the published flags, then ours."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        epilog='The file appears only if its outputs in onnxruntime are those of the detector. '
        'docs/deployment.md explains inputs, outputs and tolerances.',
    )
    parser.add_argument('config', help='recipe')
    parser.add_argument('checkpoint', help='weights that were trained with it')
    parser.add_argument('--custom-text', metavar='JSON', help="vocabulary (default: the recipe's)")
    parser.add_argument('--add-padding', action='store_true', help="append the text ' '")
    parser.add_argument('--model-only', action='store_true', help='maps of the levels, no decoding')
    parser.add_argument('--without-nms', action='store_true', help='scores and boxes of all priors')
    parser.add_argument(
        '--without-bbox-decoder', action='store_true', help='distances in place of boxes'
    )
    parser.add_argument('--work-dir', default='./work_dirs', help='default: ./work_dirs')
    parser.add_argument('--out', help='the file (default: WORK_DIR/<checkpoint name>.onnx)')
    parser.add_argument(
        '--img-size', nargs='+', type=int, default=[640, 640], metavar='SIDE', help='height width'
    )
    parser.add_argument('--batch-size', type=int, default=1, help='default: 1')
    parser.add_argument('--dynamic-batch', action='store_true', help='any number of images')
    parser.add_argument('--device', default='cpu', help='accepted; tracing runs on the CPU')
    parser.add_argument('--simplify', action='store_true', help='shorten the graph (onnxslim)')
    parser.add_argument('--opset', type=int, default=17, help='11 to 20 (default: 17)')
    parser.add_argument(
        '--backend',
        default='onnxruntime',
        help='onnxruntime (default); openvino, tensorrt8, tensorrt7: no NMS in the graph; '
        'others: --model-only',
    )
    parser.add_argument('--pre-topk', type=int, default=1000, help='candidates (default: 1000)')
    parser.add_argument('--keep-topk', type=int, default=100, help='detections (default: 100)')
    parser.add_argument('--iou-threshold', type=float, default=0.65, help='default: 0.65')
    parser.add_argument('--score-threshold', type=float, default=0.25, help='default: 0.25')
    _add_own_arguments(parser)
    add_cfg_options(parser)
    return parser.parse_args(argv)


def _add_own_arguments(parser):
    parser.add_argument('--format', choices=['onnx', 'torchscript'], default='onnx')
    parser.add_argument(
        '--embeddings-input', action='store_true', help='texts are an input of the graph'
    )
    parser.add_argument(
        '--reparameterize', action='store_true', help='fold the vocabulary into the weights first'
    )
    parser.add_argument(
        '--preprocess-in-graph', action='store_true', help='uint8 BGR (B, H, W, 3) as input'
    )
    parser.add_argument('--fp16', action='store_true', help='network in half precision')
    parser.add_argument(
        '--images', help='picture or folder to compare with, and to calibrate (default: drawn)'
    )
    parser.add_argument(
        '--int8',
        action='store_true',
        help='also write <name>_int8.onnx, and print the AP of both on the test data',
    )
    parser.add_argument(
        '--calibration', type=int, default=100, metavar='N', help='pictures for --int8 (100)'
    )
    parser.add_argument(
        '--trust-checkpoint', action='store_true', help='load a file of your own that carries code'
    )


def check_arguments(args):
    """Refuse what would be ignored, or fail after minutes."""
    from vl_runtime.errors import InputValueError

    if len(args.img_size) > 2:
        raise InputValueError(
            f'--img-size: expected a side, or height and width, found {args.img_size}.'
        )
    only_onnx = ('embeddings_input', 'dynamic_batch', 'fp16', 'int8', 'simplify')
    ignored = [f'--{name.replace("_", "-")}' for name in only_onnx if getattr(args, name)]
    if args.format == 'torchscript' and ignored:
        raise InputValueError(f'--format torchscript has no {", ".join(ignored)}; leave it out.')
    if args.int8 and args.embeddings_input:
        raise InputValueError(
            '--int8 measures and needs a fixed vocabulary; leave --embeddings-input out.'
        )
    if args.int8 and args.fp16:
        raise InputValueError('--int8 is made from a float32 file; leave --fp16 out.')
    if args.calibration < 1:
        raise InputValueError(
            f'--calibration: expected at least 1 picture, found {args.calibration}.'
        )


def main(argv=None):
    """Parse, export, print what was compared."""
    args = parse_args(argv)

    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        check_arguments(args)
        import yolo_world  # noqa: F401
        from yolo_world.export.export_recipe import export_mode, load_source

        source = load_source(
            args.config,
            args.checkpoint,
            custom_text=args.custom_text,
            add_padding=args.add_padding,
            reparameterize=args.reparameterize,
            cfg_options=args.cfg_options,
            trust_checkpoint=args.trust_checkpoint,
        )
        mode = export_mode(
            model_only=args.model_only,
            without_nms=args.without_nms,
            without_bbox_decoder=args.without_bbox_decoder,
            backend=args.backend,
        )
        suffix = '.onnx' if args.format == 'onnx' else '.torchscript'
        default = Path(args.work_dir) / Path(args.checkpoint).with_suffix(suffix).name
        path = Path(args.out) if args.out else default
        if args.format == 'torchscript':
            export_torchscript(args, source, mode, path)
            return
        if args.int8:
            from yolo_world.export.int8_report import require_int8_data

            require_int8_data(source, (args.img_size[0], args.img_size[-1]), args.images)
        export(args, source, mode, path)
        if args.int8:
            quantise(args, source, path)


def export_torchscript(args, source, mode, path):
    """Write a TorchScript file."""
    from yolo_world.export import torchscript_export

    report = torchscript_export.export_torchscript(
        source.detector,
        path,
        image_size=(args.img_size[0], args.img_size[-1]),
        mode=mode,
        batch_size=args.batch_size,
        preprocess_in_graph=args.preprocess_in_graph,
    )
    print(f'written: {report.path} ({mode}); {report}')


def export(args, source, mode, path):
    """Write an ONNX file."""
    from yolo_world.export.export_recipe import comparison_images
    from yolo_world.export.onnx_export import export_onnx

    image_size = (args.img_size[0], args.img_size[-1])
    report = export_onnx(
        source.detector,
        path,
        image_size=image_size,
        mode=mode,
        batch_size=args.batch_size,
        dynamic_batch=args.dynamic_batch,
        opset=args.opset,
        embeddings_input=args.embeddings_input,
        preprocess_in_graph=args.preprocess_in_graph,
        fp16=args.fp16,
        simplify=args.simplify,
        score_threshold=args.score_threshold,
        iou_threshold=args.iou_threshold,
        pre_top_k=args.pre_topk,
        keep_top_k=args.keep_topk,
        images=comparison_images(args.images),
        pipeline=source.steps(image_size),
        pipeline_scope=source.scope,
        text_encoder=source.text_encoder(),
    )
    facts = report.metadata
    print(f'{report.num_nodes} nodes, opset {facts.opset}, {facts.precision}, {facts.mode}')
    print(f'input: {facts.preprocessing}')
    print(report.comparison)
    print(f'written: {report.path}')


def quantise(args, source, path):
    """Write the eight-bit copy; print what it costs."""
    from tqdm import tqdm

    from yolo_world.export.int8_report import quantise_and_score

    report = quantise_and_score(
        source,
        path,
        num_calibration=args.calibration,
        images=args.images,
        progress=lambda items, **kwargs: tqdm(items, desc='scoring', **kwargs),
    )
    print(report.table())
    print(f'calibrated on {report.num_calibration} pictures; written: {report.path}')


if __name__ == '__main__':
    main()
