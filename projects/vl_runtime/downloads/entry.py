"""What can be downloaded: a named group of files with source, licence and size."""

from __future__ import annotations

from dataclasses import dataclass

UNKNOWN = 'unknown'


@dataclass(frozen=True)
class DownloadFile:
    """One file: its name on disk, its address, its sha256 if it is published."""

    name: str
    url: str
    sha256: str = ''


@dataclass(frozen=True)
class DownloadEntry:
    """A data set or a model.

    Attributes:
        name: what the command line calls it.
        kind: ``'weights'`` or ``'data'``.
        files: what is fetched; empty when a person has to.
        source: the page that it comes from.
        licence: as the source states it.
        size: approximate, or ``'unknown'``.
        folder: below the output folder, where the files go.
        by_hand: what to do when there is no address.
        tree: what it looks like when it is unpacked.
        citation: of the paper.
    """

    name: str
    kind: str
    files: tuple[DownloadFile, ...]
    source: str
    licence: str
    folder: str
    size: str = UNKNOWN
    by_hand: str = ''
    tree: str = ''
    citation: str = ''
