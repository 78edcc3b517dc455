"""Look a data set over before training: counts, errors and warnings with the first offenders.

python tools/check_data.py RECIPE
python tools/check_data.py data/mine/annotations/instances_train.json --json report.json
"""

import argparse
import contextlib

import _paths  # noqa: F401
from _run_arguments import add_cfg_options


def parse_args(argv=None):
    """The command line."""
    parser = argparse.ArgumentParser(
        description='Check the data of a recipe (train, val, test), or one annotation file '
        '(COCO, LVIS, grounding captions, CC3M tokens), as training would read it.',
        epilog='Exit status: 0 without errors (warnings are allowed), 1 with errors.',
    )
    parser.add_argument('source', metavar='CONFIG|ANNOTATION', help='recipe (.py) or .json file')
    parser.add_argument('--json', metavar='FILE', help='write the report there; - is stdout')
    parser.add_argument(
        '--images',
        choices=('read', 'exist', 'skip'),
        default='read',
        help='decode every image file, only ask whether it is there, or leave them alone '
        '(default: read)',
    )
    parser.add_argument(
        '--image-folder', metavar='FOLDER', help='of an annotation file (default: tried nearby)'
    )
    parser.add_argument(
        '--class-texts', metavar='FILE', help='JSON of class texts for an annotation file'
    )
    add_cfg_options(parser)
    return parser.parse_args(argv)


def main(argv=None):
    """Parse, check, print; the exit status."""
    args = parse_args(argv)
    import json
    import sys

    from vl_runtime.errors import one_line_errors

    # Log lines of the data sets go to stdout, which --json - keeps for the report.
    quiet = contextlib.redirect_stdout(sys.stderr) if args.json == '-' else contextlib.nullcontext()
    with one_line_errors():
        with quiet:
            report = run_checks(args)
        if args.json == '-':
            print(json.dumps(report.to_dict(), indent=1, ensure_ascii=False))
        else:
            print('\n'.join(report.lines()))
        if args.json not in (None, '-'):
            from vl_runtime.atomic_files import write_json

            write_json(args.json, report.to_dict(), indent=1)
            print(f'written: {args.json}')
    return 1 if report.errors else 0


def run_checks(args):
    """The report on what the command line names."""
    from tqdm import tqdm

    from vl_runtime.data_report import check_annotation_file, check_recipe
    from vl_runtime.errors import InputValueError
    from vl_runtime.launch import load_config

    def progress(items, **kwargs):
        return tqdm(items, unit='image', **kwargs)

    if args.source.endswith('.json'):
        if args.cfg_options:
            raise InputValueError('--cfg-options: an annotation file has no values to replace.')
        return check_annotation_file(
            args.source,
            image_folder=args.image_folder,
            class_text_path=args.class_texts,
            images=args.images,
            progress=progress,
        )
    if args.image_folder or args.class_texts:
        raise InputValueError(
            '--image-folder and --class-texts: a recipe names its own; use --cfg-options.'
        )
    config = load_config(args.source, args.cfg_options)
    return check_recipe(config, images=args.images, progress=progress)


if __name__ == '__main__':
    raise SystemExit(main())
