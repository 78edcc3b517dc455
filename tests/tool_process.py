"""Tools in processes of their own that need not load torch, mmdet and transformers each time.

Most of a tool's run in a test is the loading of libraries, some seconds of a slow core. Here
one server process per test process loads them once; for every run it forks a child, and the
child executes the tool's file from its first line with its own arguments, folder, environment,
output and exit status. What a fork can't show (what is imported at all, torchrun, scripts of
the shell) is tested with ``subprocess`` itself.
"""

from __future__ import annotations

import atexit
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
_LIBRARIES = (
    *('torchvision', 'cv2', 'mmengine.runner', 'mmdet.models', 'mmdet.datasets'),
    *('mmdet.evaluation', 'mmyolo.models', 'mmyolo.datasets', 'transformers', 'onnx'),
    *('onnxruntime', 'peft', 'yolo_world', 'vlm_detector', 'vl_runtime.inference'),
)
_server: subprocess.Popen | None = None


def run(
    command: Sequence[object],
    *,
    cwd: str | Path | None = None,
    env: dict[str, str] | None = None,
    timeout: int = 600,
) -> subprocess.CompletedProcess:
    """``subprocess.run(command, capture_output=True, text=True)`` for a Python file.

    Args:
        command: the interpreter, a .py file, its arguments.
        timeout: seconds after which the child is ended.
    """
    interpreter, *words = map(str, command)
    if interpreter != sys.executable or not words[0].endswith('.py'):
        raise ValueError(f'expected {sys.executable} FILE.py ..., found {command}')
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, 'out'), Path(folder, 'err')
        request = {
            'words': words,
            'cwd': str(cwd or Path.cwd()),
            'env': dict(os.environ if env is None else env),
            'out': str(out),
            'err': str(err),
            'timeout': timeout,
        }
        server = _started()
        server.stdin.write(json.dumps(request) + '\n')
        server.stdin.flush()
        status = int(server.stdout.readline())
        return subprocess.CompletedProcess(
            list(map(str, command)), status, out.read_text(), err.read_text()
        )


def _started() -> subprocess.Popen:
    global _server
    if _server is None or _server.poll() is not None:
        _server = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, 'OMP_NUM_THREADS': '1'},
        )
        atexit.register(_server.kill)
    return _server


def _serve() -> None:
    sys.path.insert(0, str(REPOSITORY / 'projects'))
    answers = os.fdopen(os.dup(1), 'w')
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    from vl_runtime import compat

    compat.install()
    for name in _LIBRARIES:
        __import__(name)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _child(json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), file=answers, flush=True)


def _child(request: dict) -> None:
    for target, path in ((1, request['out']), (2, request['err'])):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), target)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(request['cwd'])
    os.environ.clear()
    os.environ.update(request['env'])
    signal.alarm(request['timeout'])
    sys.argv = request['words']
    added = [path for path in request['env'].get('PYTHONPATH', '').split(os.pathsep) if path]
    sys.path[:0] = [str(Path(sys.argv[0]).resolve().parent), *added]
    status = 0
    try:
        runpy.run_path(sys.argv[0], run_name='__main__')
    except SystemExit as ended:
        status = ended.code
        if status is not None and not isinstance(status, int):
            print(status, file=sys.stderr)
            status = 1
    except BaseException:
        traceback.print_exc()
        status = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status or 0)


if __name__ == '__main__':
    _serve()
