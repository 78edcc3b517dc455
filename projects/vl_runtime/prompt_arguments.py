"""What to look for, as the command line says it: texts, embeddings, crops of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vl_runtime.errors import InputFileNotFoundError, InputValueError, why_missing
from vl_runtime.image_files import list_images
from vl_runtime.image_prompts import ImageEncoder
from vl_runtime.inference import Predictor
from vl_runtime.vocabulary import Vocabulary


def read_texts(values: Sequence[str] | None) -> list[str] | None:
    """Texts of the command line: as they are, or from one ``.txt`` or ``.json`` file.

    A text file holds one text on a line; a JSON file is a list of texts, or of lists of
    synonyms, of which the first is used.

    Raises:
        InputFileNotFoundError, InputValueError: the file can't be used, a text is blank or
            there twice.
    """
    if not values:
        return None
    if len(values) > 1 or Path(values[0]).suffix not in ('.txt', '.json'):
        return list(Vocabulary.from_names(list(values), source='--texts').names)
    path = Path(values[0])
    if path.suffix == '.json':
        return list(Vocabulary.from_json(path).names)
    list_images([path])  # names a file that is not there
    lines = [line.strip() for line in path.read_text(encoding='utf-8-sig').rstrip().splitlines()]
    return list(Vocabulary.from_names(lines, source=str(path)).names)


def read_embeddings(path: str | Path) -> np.ndarray:
    """(K, D) float32 of an ``.npy`` file.

    Raises:
        InputFileNotFoundError, InputValueError: no such file, or it holds something else.
    """
    path = Path(path)
    if not path.is_file():
        raise InputFileNotFoundError(f'{path}: {why_missing(path)}')
    try:
        values = np.load(path, allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise InputValueError(
            f'{path}: expected an .npy file with numbers, found another ({error}).'
        ) from error
    if not isinstance(values, np.ndarray) or values.ndim != 2 or values.dtype.kind not in 'fiu':
        found = getattr(values, 'shape', type(values).__name__)
        raise InputValueError(
            f'{path}: expected an array (texts, width of the detector), found {found}.'
        )
    return values.astype(np.float32)


def read_image_prompts(values: Sequence[str]) -> dict[str, list[Path]]:
    """``['mug=a.png', 'mug=b.png', 'dog=dogs/']`` as files by name.

    Raises:
        InputValueError: an item is not ``NAME=PATH``.
        InputFileNotFoundError: there is no such picture.
    """
    pictures: dict[str, list[Path]] = {}
    for value in values:
        name, separator, path = value.partition('=')
        if not separator or not name.strip() or not path:
            raise InputValueError(f'--image-prompt: expected NAME=PICTURE, found {value!r}.')
        pictures.setdefault(name.strip(), []).extend(list_images(path))
    return pictures


def image_encoder(folder: str | Path | None) -> ImageEncoder | None:
    """The image half of the CLIP model in ``folder``; None without a folder.

    Raises:
        InputFileNotFoundError, InputValueError: the folder holds no such model.
    """
    if folder is None:
        return None
    from vl_runtime.image_encoders.clip_image_encoder import ClipImageEncoder

    return ClipImageEncoder(str(folder))


def set_prompts(
    predictor: Predictor,
    texts: Sequence[str] | None,
    *,
    embeddings: str | Path | None = None,
    image_prompts: Sequence[str] | None = None,
    encoder: ImageEncoder | None = None,
    background: bool = False,
) -> None:
    """Fix what the predictor looks for; without anything it stays the recipe's classes.

    Args:
        texts: as ``read_texts`` gave them.
        embeddings: ``.npy`` file (K, D), one row for each of the texts.
        image_prompts: ``NAME=PICTURE`` items, added to the texts.
        encoder: for pictures; see ``Predictor.set_image_prompts``.
        background: see ``Predictor.stream``.

    Raises:
        InputFileNotFoundError, InputValueError: something can't be used, or the options
            exclude each other.
    """
    if embeddings and image_prompts:
        raise InputValueError('--embeddings and --image-prompt: expected one of them, found both.')
    if image_prompts:
        pictures = read_image_prompts(image_prompts)
        predictor.set_image_prompts(pictures, texts or (), encoder=encoder, background=background)
    elif embeddings:
        if texts is None:
            raise InputValueError('--embeddings: give the names of its rows with --texts.')
        predictor.set_vocabulary(texts, background, read_embeddings(embeddings))
    elif texts is not None:
        predictor.set_vocabulary(texts, background)
    elif background:
        predictor.set_vocabulary(list(predictor.texts), background)
