"""Check the installation; exit status 1 if something needed is missing."""

from __future__ import annotations

import argparse
import json
import sys

import _paths  # noqa: F401


def main() -> None:
    parser = argparse.ArgumentParser(
        description='Check versions, devices, operators, encoders and folders; tell every fix.'
    )
    parser.add_argument('--json', action='store_true', help='print the findings as JSON')
    arguments = parser.parse_args()

    from vl_runtime import doctor

    findings = doctor.examine()
    if arguments.json:
        print(json.dumps(doctor.as_records(findings), indent=2))
    else:
        print(doctor.as_text(findings))
    sys.exit(0 if doctor.healthy(findings) else 1)


if __name__ == '__main__':
    main()
