"""Named data sets and weights: fetched with resumption, checked, from a source or a mirror."""

from vl_runtime.downloads.checksums import Checksums
from vl_runtime.downloads.download import check_entry, download_entry
from vl_runtime.downloads.registry import (
    ENTRIES,
    entry_lines,
    find_entry,
    help_lines,
    table_lines,
)

__all__ = [
    'ENTRIES',
    'Checksums',
    'check_entry',
    'download_entry',
    'entry_lines',
    'find_entry',
    'help_lines',
    'table_lines',
]
