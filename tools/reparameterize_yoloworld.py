"""Put a vocabulary into the weights of a YOLO-World checkpoint: faster, and no texts at test time.

python tools/reparameterize_yoloworld.py --model yolo_world_v2_s.pth --out-dir out \
    --text-embed coco.npy --conv-neck

The recipe that it writes is for prediction and export (with --config: that recipe with the new
model). To train the result, use configs/finetune/yolo_world_s_rep_own.py: recipes of models with
texts draw texts at random (RandomLoadText), which fixed classes can not follow.
"""

import argparse

import _paths  # noqa: F401


def parse_args(argv=None):
    """The command line."""
    parser = argparse.ArgumentParser(
        description='Re-parameterise a YOLO-World checkpoint for one vocabulary.',
        epilog='Writes OUT_DIR/NAME_rep_conv.pth (or NAME_rep_linear.pth) and beside it a recipe '
        'for prediction and export (to train: configs/finetune/yolo_world_s_rep_own.py), '
        'and compares the result with its source on a picture. Exit status 1, and nothing '
        'written, when they differ or the model has no re-parameterised form (the dual neck of '
        'v1, heads without batch norm, masks).',
    )
    parser.add_argument('--model', required=True, help='checkpoint; it is not changed')
    parser.add_argument('--out-dir', required=True, help='made if it is not there')
    parser.add_argument(
        '--text-embed',
        metavar='NPY',
        help='text embeddings of the classes, from tools/generate_text_prompts.py (default: the '
        'prompts in the checkpoint, if it was prompt-tuned)',
    )
    parser.add_argument(
        '--conv-neck',
        action='store_true',
        help="store the neck's classes as convolutions (default: as matrices)",
    )
    parser.add_argument(
        '--text',
        metavar='FILE',
        help='class texts (.json or .txt) in the order of the embeddings, for the names of the '
        'results; one less than embeddings if the last one is the background',
    )
    parser.add_argument(
        '--config', help='recipe of the source model (default: follows from the weights)'
    )
    parser.add_argument('--image', help='picture to compare on (default: a drawn one)')
    parser.add_argument(
        '--image-size', type=int, default=640, help='of the comparison in pixels (default: 640)'
    )
    parser.add_argument(
        '--trust-checkpoint', action='store_true', help='open a file of your own that carries code'
    )
    return parser.parse_args(argv)


def main(argv=None):
    """Convert, compare, print; the exit status."""
    args = parse_args(argv)
    from vl_runtime import compat
    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        compat.install()
        from vl_runtime.config_files import load_config
        from vl_runtime.prompt_arguments import read_texts
        from yolo_world.reparameterize_checkpoint import reparameterize_checkpoint

        done = reparameterize_checkpoint(
            args.model,
            args.out_dir,
            args.text_embed,
            conv_neck=args.conv_neck,
            config=load_config(args.config) if args.config else None,
            names=read_texts([args.text]) if args.text else None,
            image=args.image,
            image_size=args.image_size,
            trust_checkpoint=args.trust_checkpoint,
        )
    names = ', '.join(done.classes[:3]) + (', ...' if len(done.classes) > 3 else '')
    print(f'{len(done.classes)} classes{" and the background" * done.background}: {names}')
    print(f'written: {done.checkpoint}, {done.recipe}')
    if done.replaced:
        print(f'replaced: {", ".join(map(str, done.replaced))}')
    print(f'largest difference from the source: {done.difference}')
    return 0


if __name__ == '__main__':
    raise SystemExit(main())
