"""Convert LogoDet-3K (INDUSTRY/BRAND/1.xml beside 1.jpg) to COCO JSON.

python tools/prepare_data/logodet3k.py data/LogoDet-3K --out data/logos
"""

import _paths  # noqa: F401
from _conversion import output_parser, run_conversion


def parse_args(argv=None):
    """The command line."""
    parser = output_parser(
        'LogoDet-3K',
        split='default: one file; tools/prepare_data/subset.py takes parts of it by number',
        epilog='Category: the brand; its supercategory: the industry. Images stay where they '
        'are. Broken files are left out, and counted with the first one.',
    )
    parser.add_argument('root', help='folder that holds one folder for each industry')
    return parser.parse_args(argv)


def main(argv=None):
    """Parse, convert, print the summary."""
    args = parse_args(argv)
    from vl_runtime.converters import convert_logodet3k

    run_conversion(convert_logodet3k, args, unit='file')


if __name__ == '__main__':
    main()
