"""User mistakes as one clear line.

Wrong user input raises one of three classes below. Each is also the built-in
exception that Python programmers expect, so ``except ValueError`` works. The
message names file, index, expected and found, and the way out; the command
line prints that line alone, without a stack trace.
"""

from __future__ import annotations

import contextlib
import difflib
import errno
import os
import select
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

# No place for the file: disk full, quota reached, read-only.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


class UserInputError(Exception):
    """A mistake in what the user gave; the message is the whole explanation."""

    def __str__(self) -> str:  # KeyError would quote the message
        return str(self.args[0]) if self.args else ''


class InputValueError(UserInputError, ValueError):
    """A value, file content or argument that can't be used."""


class InputKeyError(UserInputError, KeyError):
    """A name that is not known here."""


class InputFileNotFoundError(UserInputError, FileNotFoundError):
    """A file or folder that is not there."""


class InputPermissionError(UserInputError, PermissionError):
    """A file or folder that can't be read or written."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``" Did you mean 'x'?"`` for the closest known name, else an empty string."""
    match = difflib.get_close_matches(name, list(known), n=1)
    return f' Did you mean {match[0]!r}?' if match else ''


def why_missing(path: Path, kind: str = 'file') -> str:
    """Why there is no file ``path``: a folder, no folder for it, or other names; ends with '.'.

    Args:
        path: what is not a file.
        kind: what was looked for, such as ``image``.
    """
    if path.is_dir():
        return f'expected a {kind}, found a folder.' if kind == 'file' else 'this is a folder.'
    folder = path.parent
    if not folder.is_dir():
        present = next((p for p in folder.parents if p.is_dir()), None)
        return f'no such {kind}; its folder does not exist (only {present} does).'
    names = sorted(entry.name for entry in folder.iterdir())
    if not names:
        return f'no such {kind}; its folder is empty.'
    return f'no such {kind} among {len(names)} entries of its folder.' + did_you_mean(
        path.name, names
    )


@contextlib.contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn a user's mistake inside the block into ``error: ...`` and exit status 1.

    A full disk or memory is told the same way; Ctrl-C gives ``interrupted`` and exit status 130. A
    programming error keeps its stack trace. A reader that has seen enough (``| head``) ends the
    command without a word. ``MMGROUND_TRACEBACK=1`` shows the trace for
    user mistakes too. A mistake that a data-loader worker met arrives with the worker's
    trace in its text; only its last line is shown.
    """
    try:
        yield
        sys.stdout.flush()  # a closed pipe is met here, not while Python exits
    except BrokenPipeError:
        if not _reader_is_gone():
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(141) from None  # as the shell reports SIGPIPE
    except UserInputError as error:
        if os.environ.get('MMGROUND_TRACEBACK') == '1':
            raise
        text = str(error)
        if 'Original Traceback' in text:
            text = text.strip().splitlines()[-1].split(': ', 1)[-1]
        print(f'error: {text}', file=sys.stderr)
        raise SystemExit(1) from None
    except BaseException as error:
        if _was_interrupted(error):
            print('interrupted', file=sys.stderr)
            raise SystemExit(130) from None
        if isinstance(error, OSError) and error.errno in _FULL:
            name = f'{error.filename}: ' if error.filename else ''
            print(f'error: {name}cannot write ({error.strerror}).', file=sys.stderr)
            raise SystemExit(1) from None
        if is_out_of_memory(error):
            print(
                'error: out of memory: take a smaller batch_size, smaller pictures (img_scale, '
                'max_pixels), or fewer num_workers.',
                file=sys.stderr,
            )
            raise SystemExit(1) from None
        raise


def is_out_of_memory(error: BaseException) -> bool:
    """Whether Python or torch, on a GPU or a CPU, found no memory; also in a loader's worker."""
    if isinstance(error, MemoryError) or type(error).__name__ == 'OutOfMemoryError':
        return True
    texts = ("can't allocate memory", 'OutOfMemoryError', 'Cannot allocate memory')
    return isinstance(error, (RuntimeError, OSError)) and any(t in str(error) for t in texts)


def _reader_is_gone() -> bool:
    """Whether the broken pipe is the one behind standard output."""
    try:
        poll = select.poll()  # not on Windows, which has no such pipes either
        poll.register(sys.stdout.fileno(), 0)
    except (AttributeError, OSError, ValueError):  # a page or a test has put its own there
        return False
    return any(event & select.POLLERR for _, event in poll.poll(0))


def _was_interrupted(error: BaseException | None) -> bool:
    """Ctrl-C, also when a library caught it and raised something else because of it."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__context__
    return False
