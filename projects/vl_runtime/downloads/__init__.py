"""Named data sets and weights: fetched with resumption, checked, from a source or a mirror."""

from vl_runtime.downloads.checksums import Checksums
from vl_runtime.downloads.download import check_entry, download_entry
from vl_runtime.downloads.registry import ENTRIES, find_entry, table_lines

__all__ = [
    'ENTRIES',
    'Checksums',
    'check_entry',
    'download_entry',
    'find_entry',
    'table_lines',
]
