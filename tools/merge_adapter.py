"""Add a LoRA adapter into its base model and check that the answers stay the same.

python tools/merge_adapter.py work_dirs/RECIPE/adapter --out merged/
"""

import argparse

import _paths  # noqa: F401


def parse_args(argv=None):
    """The command line."""
    parser = argparse.ArgumentParser(
        description='Merge a LoRA adapter (a folder, or a checkpoint of a training) into its base.',
        epilog='The merged model is written only if its logits equal those of base and adapter '
        'within 1e-5 (float32). It opens with AutoModelForImageTextToText.from_pretrained(OUT).',
    )
    parser.add_argument('source', help='adapter folder, or checkpoint (.pth) of a LoRA training')
    parser.add_argument('--out', required=True, metavar='DIR', help='folder of the merged model')
    parser.add_argument('--base', metavar='MODEL', help='base model, when it has moved')
    parser.add_argument(
        '--dtype',
        default='auto',
        choices=('auto', 'float32', 'bfloat16', 'float16'),
        help='of the written weights (default: that of the base)',
    )
    return parser.parse_args(argv)


def main(argv=None):
    args = parse_args(argv)

    from vl_runtime.errors import one_line_errors

    with one_line_errors():
        import vlm_detector  # noqa: F401  (registers the detector)
        from vlm_detector.export import merge_adapter

        report = merge_adapter(args.source, args.out, base=args.base, dtype=args.dtype)
        print(
            f'{report.folder}: merged, weights in {report.dtype}; largest difference of logits '
            f'{report.difference:.2g} (float32).'
        )


if __name__ == '__main__':
    main()
