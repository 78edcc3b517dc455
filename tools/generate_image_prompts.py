"""CLIP embeddings of pictures, to look for what they show.

python tools/generate_image_prompts.py --model clip-vit-base-patch32/ --image-dir prompts/ \
    --out-file prompts.npy
"""

import argparse

import _paths  # noqa: F401


def parse_args(argv=None):
    """The command line."""
    parser = argparse.ArgumentParser(
        description='Embed the pictures of a folder, one prompt each; or, with --boxes, the '
        'annotated objects of a data set, one averaged prompt per category.',
        epilog='Writes float32 rows [n + 1, D] of unit length in the order of the file names (2 '
        "before 10) or of the categories; the last row is the text ' ', which stands for "
        'everything else. The names of the rows are written beside it as .json.',
    )
    parser.add_argument('--model', required=True, help='CLIP model: folder or hub name')
    parser.add_argument('--image-dir', required=True, help='folder of pictures')
    parser.add_argument('--out-dir', default='', help='folder of --out-file (default: here)')
    parser.add_argument('--out-file', required=True, help='name of the .npy file')
    parser.add_argument('--boxes', metavar='JSON', help='COCO-style annotations of the pictures')
    parser.add_argument('--device', default='auto', help='auto, cpu, cuda:0 (default: auto)')
    return parser.parse_args(argv)


def main(argv=None):
    """Embed and write."""
    args = parse_args(argv)
    from pathlib import Path

    from tqdm import tqdm

    from vl_runtime.errors import one_line_errors
    from vl_runtime.image_encoders import generate_image_prompts

    with one_line_errors():
        path, prompts = generate_image_prompts(
            args.model,
            args.image_dir,
            Path(args.out_dir) / args.out_file,
            boxes=args.boxes,
            device=args.device,
            progress=lambda items: tqdm(items, desc='embedding', unit='image', disable=None),
        )
    print(f'{len(prompts.names)} prompts of width {prompts.feats.shape[1]}, the last one is " "')
    print(f'written: {path}, {path.with_suffix(".json")}')
    return 0


if __name__ == '__main__':
    raise SystemExit(main())
