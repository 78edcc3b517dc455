"""Fetch named data sets and weights; resumed after a break, checked, from a source or a mirror.

python tools/download.py --list
python tools/download.py yolo_world_v2_s clip_vit_b32 --out data
python tools/download.py logodet3k --mirror LogoDet-3K.zip
"""

import argparse

import _paths  # noqa: F401


def parse_args(argv=None):
    """The command line."""
    parser = argparse.ArgumentParser(
        description='Download data sets and weights by name.',
        epilog='A sha256 that is not published is recorded at the first download, and another '
        'file under the same name is refused from then on.',
    )
    parser.add_argument('names', nargs='*', metavar='NAME', help='what to fetch, see --list')
    parser.add_argument('--list', action='store_true', help='names, sizes, licences, sources')
    parser.add_argument('--out', default='data', metavar='FOLDER', help='default: data')
    parser.add_argument(
        '--mirror',
        metavar='FOLDER|URL|FILE',
        help='take the files from there instead of their source',
    )
    parser.add_argument(
        '--check', action='store_true', help='only look whether the files are there and right'
    )
    parser.add_argument(
        '--checksums', metavar='FILE', help='record of checksums (default: in the cache folder)'
    )
    return parser.parse_args(argv)


def main(argv=None):
    """Parse, fetch or check, print; the exit status."""
    args = parse_args(argv)
    from vl_runtime.errors import InputValueError, one_line_errors

    with one_line_errors():
        from vl_runtime.downloads import table_lines

        if args.list:
            print('\n'.join(table_lines()))
            return 0
        if not args.names:
            raise InputValueError('expected at least one NAME; --list shows them.')
        return run(args)


def run(args):
    """Fetch or check the named entries."""
    import sys

    from tqdm import tqdm

    from vl_runtime.cache_folder import cache_folder
    from vl_runtime.downloads import (
        Checksums,
        check_entry,
        download_entry,
        entry_lines,
        find_entry,
    )
    from vl_runtime.errors import InputFileNotFoundError

    def progress(**kwargs):
        return tqdm(unit='B', unit_scale=True, unit_divisor=1024, **kwargs)

    entries = [find_entry(name) for name in args.names]
    checksums = Checksums(args.checksums or cache_folder() / 'checksums.json')
    failed = 0
    for entry in entries:
        if args.check:
            for fine, line in check_entry(entry, args.out, checksums):
                print(line)
                failed += not fine
            continue
        print('\n'.join(entry_lines(entry)))
        try:
            lines = download_entry(
                entry, args.out, checksums, mirror=args.mirror, progress=progress
            )
            for line in lines:
                print(line)
        except InputFileNotFoundError as error:  # the others can still be fetched
            print(f'error: {error}', file=sys.stderr)
            failed += 1
    return 1 if failed else 0


if __name__ == '__main__':
    raise SystemExit(main())
