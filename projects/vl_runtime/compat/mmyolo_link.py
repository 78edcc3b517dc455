"""``third_party/mmyolo``: a link to the configs and tools of the installed mmyolo.

Why: recipes name ``'../../third_party/mmyolo/configs/...'`` and users run
``third_party/mmyolo/tools/...``; mmyolo's wheel carries both under ``mmyolo/.mim``.
Until: recipes stop building on mmyolo's files.

``python -m vl_runtime.compat.mmyolo_link`` makes it. A recipe outside of the checkout has no
such link beside it: ``install`` lets mmengine look into the installed mmyolo then.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import tempfile
from pathlib import Path

from mmengine.config import Config

from vl_runtime.errors import InputFileNotFoundError, InputPermissionError, one_line_errors

_COPIED_FROM = '.copied_from'  # in a copy: the folder it was made from


def repository_root() -> Path | None:
    """The checkout that holds this file, or None where the package is installed without one."""
    root = Path(__file__).resolve().parents[3]
    return root if (root / 'third_party').is_dir() and (root / 'projects').is_dir() else None


def installed_files() -> Path:
    """Folder with mmyolo's ``configs`` and ``tools``; mmyolo itself is not imported.

    Raises:
        InputFileNotFoundError: mmyolo is not installed, or came without these files.
    """
    spec = importlib.util.find_spec('mmyolo')
    if spec is None or spec.origin is None:
        raise InputFileNotFoundError(
            'mmyolo is not installed; install it with: pip install "mmyolo>=0.6,<0.7"'
        )
    package = Path(spec.origin).parent
    for folder in (package / '.mim', package.parent):  # a wheel; a checkout of mmyolo
        if (folder / 'configs' / 'yolov8').is_dir():
            return folder.resolve()
    raise InputFileNotFoundError(
        f'{package}: this mmyolo came without its configs; reinstall it from the package index: '
        'pip install --force-reinstall --no-deps "mmyolo>=0.6,<0.7"'
    )


def ensure(repository: str | Path) -> Path:
    """Make ``<repository>/third_party/mmyolo`` point to the installed mmyolo; return it.

    A link that points elsewhere (another environment) or nowhere is replaced. Several
    processes may call this at once. Where links are impossible the files are copied.

    Raises:
        InputFileNotFoundError: mmyolo or its files are not installed.
        InputPermissionError: ``third_party`` can't be written, or holds a folder of that
            name which the user put there.
    """
    target = installed_files()
    link = Path(repository) / 'third_party' / 'mmyolo'
    if _is_current(link, target):
        return link
    if link.is_dir() and not link.is_symlink() and not (link / _COPIED_FROM).is_file():
        if (link / 'configs').is_dir():
            return link  # the user's own mmyolo files; they stay
        raise InputPermissionError(
            f'{link}: a folder without mmyolo configs stands where the link belongs; move it away.'
        )
    try:
        link.parent.mkdir(parents=True, exist_ok=True)
        _replace(link, target)
    except OSError as error:
        if not _is_current(link, target):  # another process was not faster
            raise InputPermissionError(
                f'{link}: cannot be made ({error.strerror or error}); make it by hand with: '
                f'ln -sfn {target} {link}'
            ) from error
    return link


def resolve(path: str | Path) -> Path:
    """``path``, or the installed file that a missing ``.../third_party/mmyolo/<rest>`` means.

    Raises:
        InputFileNotFoundError: it is missing and mmyolo is not installed.
    """
    path = Path(path)
    before, marker, rest = path.as_posix().rpartition('third_party/mmyolo/')
    if not marker or path.is_file() or (before and not before.endswith('/')):
        return path
    installed = installed_files() / rest
    return installed if installed.is_file() else path


def install() -> None:
    """Let ``Config.fromfile`` find mmyolo's base files wherever the recipe lies."""
    original = Config._get_cfg_path

    def with_mmyolo(cfg_path: str, filename: str) -> tuple[str, str | None]:
        found, scope = original(cfg_path, filename)
        return str(resolve(found)), scope

    Config._get_cfg_path = staticmethod(with_mmyolo)


def _is_current(link: Path, target: Path) -> bool:
    if link.is_symlink():
        return link.resolve() == target and target.is_dir()
    note = link / _COPIED_FROM
    return note.is_file() and note.read_text() == str(target)


def _replace(link: Path, target: Path) -> None:
    """Build the link under a temporary name, then move it into place."""
    with tempfile.TemporaryDirectory(dir=link.parent, prefix='.mmyolo.') as folder:
        fresh = Path(folder) / 'mmyolo'
        try:
            os.symlink(target, fresh, target_is_directory=True)
        except (OSError, NotImplementedError):
            shutil.copytree(target, fresh)
            (fresh / _COPIED_FROM).write_text(str(target))
        if link.is_dir() and not link.is_symlink():
            link.rename(Path(folder) / 'old')  # a stale copy; a folder can't be overwritten
        os.replace(fresh, link)


def main() -> None:
    """Make the link of the checkout that holds this file."""
    root = repository_root()
    if root is None:
        raise InputFileNotFoundError(
            'third_party/mmyolo belongs to a checkout of the repository; there is none here.'
        )
    ensure(root)


if __name__ == '__main__':
    with one_line_errors():
        main()
    sys.exit(0)
