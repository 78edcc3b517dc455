"""Write the text embeddings of a vocabulary, for prompt tuning and re-parameterising.

python tools/generate_text_prompts.py --model clip-vit-base-patch32/ \
    --text data/texts/coco_class_texts.json --out coco.npy
"""

import argparse

import _paths  # noqa: F401


def parse_args(argv=None):
    """The command line."""
    parser = argparse.ArgumentParser(
        description='Encode class texts and write their L2-normalised embeddings, float32 '
        '(N, D), in the order of the texts.',
        epilog='Used by embedding_path of SimpleYOLOWorldDetector and by '
        'tools/reparameterize_yoloworld.py --text-embed.',
    )
    parser.add_argument(
        '--model',
        required=True,
        help='text encoder: a local folder (CLIP or a sentence encoder), a hub name such as '
        'openai/clip-vit-base-patch32, or package:NAME of an installed Python package',
    )
    parser.add_argument(
        '--text',
        required=True,
        metavar='FILE',
        help='class texts: .json (texts, or lists of synonyms, of which the first is used) or '
        '.txt (a text on a line)',
    )
    parser.add_argument('--out', default='output.npy', help='default: output.npy')
    parser.add_argument('--device', default='auto', help='auto, cpu, cuda:0 (default: auto)')
    parser.add_argument(
        '--padding',
        action='store_true',
        help="add the background text ' ' as the last row (models trained with padded texts are "
        'better with it)',
    )
    parser.add_argument('--overwrite', action='store_true', help='replace the file OUT')
    return parser.parse_args(argv)


def main(argv=None):
    """Encode, write, print the shape; the exit status."""
    args = parse_args(argv)
    from vl_runtime import compat
    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        compat.install()
        from vl_runtime.prompt_arguments import read_texts
        from vl_runtime.text_encoders.text_prompts import (
            check_embedding_path,
            encode_texts,
            write_embeddings,
        )
        from vl_runtime.torch_device import torch_device

        check_embedding_path(args.out, args.overwrite)
        texts = read_texts([args.text])
        values = encode_texts(args.model, texts, torch_device(args.device), args.padding)
        write_embeddings(args.out, values, args.overwrite)
    last = ', the last one of the background' if args.padding else ''
    print(f'written: {args.out}, {values.shape[0]} embeddings of width {values.shape[1]}{last}')
    return 0


if __name__ == '__main__':
    raise SystemExit(main())
