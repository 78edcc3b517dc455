"""Where the small samples of public data sets lie that the examples run on."""

from __future__ import annotations

from pathlib import Path

from vl_runtime.errors import InputFileNotFoundError

SAMPLES = ('bccd_small', 'coco_small', 'fabric_small', 'saliency_small')


def sample_folder(given: str | Path | None, checkout: str | Path) -> Path:
    """The folder that holds all of ``SAMPLES``: ``given``, or one beside the checkout.

    Raises:
        InputFileNotFoundError: a sample is not in ``given``, or there is no such folder.
    """
    checkout = Path(checkout).resolve()
    if given is None:
        for folder in (checkout / 'data', *sorted(checkout.parent.glob('*/data'))):
            if not _missing(folder):
                return folder
        raise InputFileNotFoundError(
            f'the samples {", ".join(SAMPLES)} are in no folder */data of {checkout.parent}; '
            'tell where they are: --data FOLDER (make examples DATA=FOLDER).'
        )
    missing = _missing(Path(given))
    if missing:
        raise InputFileNotFoundError(
            f'--data {given}: expected the folders {", ".join(SAMPLES)}, found no {missing[0]}.'
        )
    return Path(given).resolve()


def _missing(folder: Path) -> list[str]:
    return [name for name in SAMPLES if not (folder / name).is_dir()]
