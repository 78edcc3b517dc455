"""A name that stays, for a folder that is a new one in each run."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from mmengine.logging import print_log


def point_to(link: Path, folder: Path) -> None:
    """Let ``link`` name ``folder``, relative to it, so that both can be moved together.

    Where that can't be (a real folder has the name, or the file system knows no links), the log
    says so; the folder is complete all the same.
    """
    fresh = link.with_name(f'.{link.name}.{os.getpid()}')
    try:
        fresh.symlink_to(os.path.relpath(folder, link.parent), target_is_directory=True)
        os.replace(fresh, link)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        print_log(
            f'{link}: still names what it did before ({error.strerror}); the new folder is '
            f'{folder}.',
            logger='current',
            level=logging.WARNING,
        )
