"""A page in the browser: a picture and phrases, a task or a change in, the answer out.

python tools/demo.py RECIPE CHECKPOINT --port 7860
python tools/demo.py VLM_RECIPE --cfg-options model.lora=None
"""

import argparse

import _paths  # noqa: F401
from _run_arguments import add_cfg_options


def parse_args(argv=None):
    """The command line."""
    parser = argparse.ArgumentParser(
        description='Serve a page that finds phrases in uploaded pictures, asks a '
        'vision-language model what it was trained for, or ranks the gallery of a retrieval '
        'recipe by a reference and a change; needs no internet.'
    )
    parser.add_argument('config', nargs='?', help='recipe; left out with --onnx')
    parser.add_argument(
        'checkpoint',
        nargs='?',
        help='weights that were trained with it; left out with --onnx, and for a model as its '
        'makers trained it (model.lora=None) or behind a server',
    )
    parser.add_argument(
        '--onnx', metavar='FILE', help='a file of tools/export_onnx.py, no recipe and checkpoint'
    )
    parser.add_argument('--host', default='127.0.0.1', help='0.0.0.0 lets other machines in')
    parser.add_argument('--port', type=int, default=7860, help='default: 7860')
    parser.add_argument(
        '--share',
        choices=['on', 'off'],
        default='off',
        help="a public address through gradio's tunnel, which needs the internet (default: off)",
    )
    parser.add_argument('--device', default='auto', help='auto, cpu, cuda:0 (default: auto)')
    parser.add_argument(
        '--trust-checkpoint', action='store_true', help='load a file of your own that carries code'
    )
    add_cfg_options(parser)
    args = parser.parse_args(argv)
    if (args.config is None) == (args.onnx is None):
        parser.error('expected a recipe and a checkpoint, or --onnx FILE')
    return args


def main(argv=None):
    """Parse, load, serve until Ctrl-C; the exit status."""
    args = parse_args(argv)
    from vl_runtime.errors import one_line_errors
    from vl_runtime.web import build_page, serve_page

    with one_line_errors():
        page = build_page(_tabs(args))
        address = serve_page(page, host=args.host, port=args.port, share=args.share == 'on')
        print(f'the page is at {address} (Ctrl-C stops it)', flush=True)
        page.block_thread()
    return 0


def _tabs(args):
    from vl_runtime.web import tabs_of

    if args.onnx:
        from vl_runtime.inference import Predictor

        return tabs_of(Predictor.from_onnx(args.onnx, args.device))
    from vl_runtime.launch import load_config

    config = load_config(args.config, args.cfg_options)
    if (config.get('test_cfg') or {}).get('type') != 'GalleryQueryTestLoop':
        return tabs_of(*_predictor_and_exporter(args, config))
    from composed_retrieval.web import RetrievalService, retrieval_tab

    service = RetrievalService(
        config, args.checkpoint, device=args.device, trust_checkpoint=args.trust_checkpoint
    )
    return {'Composed retrieval': lambda: retrieval_tab(service)}


def _predictor_and_exporter(args, config):
    from vl_runtime.trained_predictor import trained_predictor

    predictor = trained_predictor(
        config, args.checkpoint, args.device, trust_checkpoint=args.trust_checkpoint
    )
    if not hasattr(predictor.model, 'fuse'):  # no re-parameterised form
        return predictor, None
    from yolo_world.export.vocabulary_exporter import VocabularyExporter

    return predictor, VocabularyExporter(config)


if __name__ == '__main__':
    raise SystemExit(main())
