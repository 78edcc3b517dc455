"""Every way in which mmengine loads a checkpoint, with ``weights_only=True``.

Why: a checkpoint from the web must not run code, and a user needs one line instead of
a stack trace when it is cut off, missing or not a checkpoint. mmengine's loaders say
neither. Until: mmengine passes ``weights_only=True`` itself.

Names of files that end up here: a local path, ``http(s)://``, ``torchvision://``,
``openmmlab://``, ``mmcls://``, ``s3://`` and ``petrel://``.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlparse

import torch
from mmengine.dist import barrier, get_dist_info
from mmengine.fileio import get_file_backend
from mmengine.runner import CheckpointLoader
from mmengine.runner import checkpoint as mmengine_checkpoint

from vl_runtime.compat.safe_load import safe_load
from vl_runtime.errors import (
    InputFileNotFoundError,
    InputKeyError,
    InputValueError,
    did_you_mean,
)


def load_from_local(filename: str, map_location: Any = None) -> Any:
    """Load a local file.

    Raises:
        InputFileNotFoundError: it is not there; the closest file name beside it is told.
    """
    path = Path(filename).expanduser()
    require_file(path)
    return safe_load(path, map_location, str(path))


def require_file(path: Path) -> None:
    """Raise one clear line unless ``path`` is a checkpoint file that can be opened."""
    if path.is_file():
        return
    if path.is_dir():
        names = sorted(item.name for item in path.glob('*.pth'))
        hint = f' It holds {", ".join(names[:5])}.' if names else ''
        raise InputFileNotFoundError(f'{path}: a checkpoint file is expected, not a folder.{hint}')
    beside = [item.name for item in path.parent.iterdir()] if path.parent.is_dir() else []
    where = '' if path.parent.is_dir() else f' The folder {path.parent} does not exist.'
    raise InputFileNotFoundError(
        f'{path}: no such checkpoint.{where}{did_you_mean(path.name, beside)}'
    )


def load_from_http(filename: str, map_location: Any = None, model_dir: str | None = None) -> Any:
    """Download once into torch's checkpoint cache, then load the file.

    In a distributed run rank 0 downloads and the others wait for it.

    Raises:
        InputFileNotFoundError: the address can't be reached.
    """
    folder = Path(model_dir) if model_dir else Path(torch.hub.get_dir()) / 'checkpoints'
    path = folder / Path(urlparse(filename).path).name
    rank, world_size = get_dist_info()
    if rank == 0 and not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        try:
            torch.hub.download_url_to_file(filename, str(path), progress=os.isatty(2))
        except (URLError, OSError) as error:
            raise InputFileNotFoundError(
                f'{filename}: cannot be downloaded ({getattr(error, "reason", error)}); put the '
                f'file at {path} by hand, or give a local path.'
            ) from error
    if world_size > 1:
        barrier()
    return safe_load(path, map_location, str(path))


def load_from_torchvision(filename: str, map_location: Any = None) -> Any:
    """``torchvision://<model>``, and ``modelzoo://`` from old recipes."""
    urls = mmengine_checkpoint.get_torchvision_models()
    return load_from_http(_lookup(filename, urls), map_location)


def load_from_openmmlab(filename: str, map_location: Any = None) -> Any:
    """``openmmlab://<model>``; a renamed model is found under its new name."""
    renamed = mmengine_checkpoint.get_deprecated_model_names()
    scheme, _, name = filename.partition('://')
    name = renamed.get(name, name)
    url = _lookup(f'{scheme}://{name}', mmengine_checkpoint.get_external_models())
    if url.startswith(('http://', 'https://')):
        return load_from_http(url, map_location)
    return load_from_local(str(Path(mmengine_checkpoint._get_mmengine_home()) / url), map_location)


def load_from_mmcls(filename: str, map_location: Any = None) -> Any:
    """``mmcls://<model>``: the backbone's weights of a classifier, without their prefix."""
    url = _lookup(filename, mmengine_checkpoint.get_mmcls_models())
    loaded = load_from_http(url, map_location)
    weights = loaded.get('state_dict', loaded)
    prefix = 'backbone.'
    return {'state_dict': {k[len(prefix) :]: v for k, v in weights.items() if k.startswith(prefix)}}


def load_from_ceph(filename: str, map_location: Any = None) -> Any:
    """``s3://`` and ``petrel://`` through mmengine's file backend."""
    backend = get_file_backend(filename, backend_args={'backend': 'petrel'})
    return safe_load(io.BytesIO(backend.get(filename)), map_location, filename)


def load_from_pavi(filename: str, map_location: Any = None) -> Any:
    """``pavi://`` belongs to a closed service."""
    raise InputValueError(
        f'{filename}: pavi:// is not supported; download the file and give its local path.'
    )


def _lookup(filename: str, urls: dict[str, str]) -> str:
    scheme, _, name = filename.partition('://')
    if name not in urls:
        raise InputKeyError(
            f'{filename}: {scheme}:// knows no model {name!r}.{did_you_mean(name, urls)}'
        )
    return urls[name]


def install() -> None:
    """Replace mmengine's loaders of every scheme."""
    register = CheckpointLoader.register_scheme
    register('', load_from_local, force=True)
    register(['http://', 'https://'], load_from_http, force=True)
    register(['modelzoo://', 'torchvision://'], load_from_torchvision, force=True)
    register(['open-mmlab://', 'openmmlab://'], load_from_openmmlab, force=True)
    register('mmcls://', load_from_mmcls, force=True)
    register([r'(\S+\:)?s3://', r'(\S+\:)?petrel://'], load_from_ceph, force=True)
    register('pavi://', load_from_pavi, force=True)
