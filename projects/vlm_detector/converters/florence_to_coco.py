"""Florence-2 training files -> COCO JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from vl_runtime.converters.broken_input import BrokenInput
from vl_runtime.converters.class_names import class_names_from
from vl_runtime.converters.conversion_report import ConversionReport
from vl_runtime.converters.labelled_box import LabelledBox
from vl_runtime.converters.labelled_image import LabelledImage
from vl_runtime.converters.write_conversion import data_root_of, write_conversion
from vl_runtime.errors import InputValueError, UserInputError, did_you_mean
from vl_runtime.image_files import image_size
from vlm_detector.codecs import Florence2Codec
from vlm_detector.converters.florence_lines import FlorenceLine, read_florence_lines

ROUNDINGS = ('floor', 'nearest')
# What the codec did to a box, in words; the others mean a box that can't be read.
_CHANGES = {
    'swapped': 'boxes with reversed corners, turned round',
    'clipped': 'boxes with a location above 999, clipped',
    'outside': 'boxes outside their image left out',
    'collapsed': 'empty boxes left out',
    'duplicate': 'boxes that are there twice, left out once',
    'polygon': 'polygons, taken as their bounding box',
}
_Progress = Callable[[Sequence[FlorenceLine]], Iterable[FlorenceLine]]


def florence_to_coco(
    files: Sequence[str | Path],
    out: str | Path | None = None,
    *,
    images: str | Path | None = None,
    classes: Sequence[str] | None = None,
    rounding: str = 'floor',
    skip_broken: bool = False,
    progress: _Progress = iter,
) -> list[str]:
    """JSON lines -> ``annotations/instances_<file>.json`` in the data root ``out``.

    A coordinate is one of 1000 units along its side. ``floor`` is the rule of the model and of
    ``Florence2Codec``: the unit that holds the coordinate, read as its centre. Some tools write
    the ``nearest`` unit border instead; it is read as that border. Either way a box comes back
    within half a unit (side / 2000 pixels), but for the last border of ``nearest``: 999 also
    stands for 1000 there, so it may be a whole unit off. Read by the other rule, an error is up
    to a whole unit. The file does not say which rule it follows, and this is not guessed.

    Args:
        files: one for each split, which gets the name of the file (``train.jsonl``: train).
        out: data root; the folder of the first file if None.
        images: what the file names in the lines are relative to; the folder of each file if
            None.
        classes: names in the wanted order, or one ``.txt`` file; else ``classes.txt`` beside
            the first file, else the names that occur, sorted.
        rounding: ``floor`` or ``nearest``, the rule of the files.
        skip_broken: leave broken lines out and count them.
        progress: wraps the lines of each file (a progress bar).

    Returns:
        Lines that say what was written and what was left out.

    Raises:
        UserInputError: a file, a line or an argument is wrong. Nothing is written then.
    """
    if rounding not in ROUNDINGS:
        raise InputValueError(
            f'rounding: expected {" or ".join(ROUNDINGS)}, found {rounding!r}.'
            f'{did_you_mean(str(rounding), ROUNDINGS)}'
        )
    paths = [Path(file) for file in files]
    folder = paths[0].parent if images is None else Path(images)
    _check_files(paths, folder if images is None else None)
    report = ConversionReport()
    reader = _Reader(
        folder, class_names_from(classes, [paths[0].parent / 'classes.txt']), rounding, report
    )
    splits = {}
    for path in paths:
        lines = progress(read_florence_lines(path, report))
        splits[path.stem] = sorted(reader.read_split(lines))
    report.refuse_broken(skip_broken)
    found = [reader.images[name] for name in sorted(reader.images)]
    names = reader.class_names()
    root = data_root_of(out, paths[0].parent, folder)
    return write_conversion(found, names, splits, report, root)


def _check_files(paths: Sequence[Path], folder: Path | None) -> None:
    stems = [path.stem for path in paths]
    for index, path in enumerate(paths):
        if path.stem in stems[:index]:
            raise InputValueError(
                f'{path}: another file is called {path.stem!r} too; splits need names of their own.'
            )
        if folder is not None and path.parent.resolve() != folder.resolve():
            raise InputValueError(
                f'{path}: expected all files in one folder, {folder}; or name the folder that file '
                'names are relative to with --images.'
            )


class _Reader:
    """Collects the pictures of all files; a picture is the same wherever it is named."""

    def __init__(
        self,
        folder: Path,
        known: tuple[list[str], str] | None,
        rounding: str,
        report: ConversionReport,
    ) -> None:
        self.folder, self.known, self.report = folder, known, report
        self.shift = 0.5 if rounding == 'nearest' else 0.0  # units from a centre to its border
        self.images: dict[str, LabelledImage] = {}
        self.first_line: dict[str, str] = {}
        self.codec = Florence2Codec()

    def class_names(self) -> list[str]:
        """In label order.

        Raises:
            InputValueError: there is none.
        """
        if self.known:
            return self.known[0]
        names = sorted({box.name for image in self.images.values() for box in image.boxes})
        if not names:
            raise InputValueError(
                f'{self.folder}: expected objects, found none in {len(self.images)} pictures; '
                'name the classes with --classes.'
            )
        return names

    def read_split(self, lines: Iterable[FlorenceLine]) -> set[str]:
        """The pictures of one file, now in ``images``; broken lines are in the report."""
        names: set[str] = set()
        for line in lines:
            try:
                image = self._read(line)
                self._keep(image, line, twice=image.file_name in names)
                names.add(image.file_name)
            except UserInputError as error:
                self.report.broken.append(str(error))
        return names

    def _keep(self, image: LabelledImage, line: FlorenceLine, *, twice: bool) -> None:
        name = image.file_name
        if self.images.setdefault(name, image) != image:
            raise BrokenInput(
                f'{line.where}: {name!r} has other objects than in {self.first_line[name]}; '
                'put all objects of a picture in one line.'
            )
        first = self.first_line.setdefault(name, line.where)
        if twice:
            self.report.note('lines that repeat another one, left out', line.where)
        elif first != line.where:
            self.report.note(
                'pictures in several files (a score on them says little)', f'{first}, {line.where}'
            )

    def _read(self, line: FlorenceLine) -> LabelledImage:
        picture = self.folder / line.image
        if not picture.is_file():
            raise BrokenInput(
                f'{line.where}: there is no picture {picture}; name the folder that file names '
                'are relative to with --images.'
            )
        size_wh = image_size(picture)
        boxes = tuple(self._boxes(line, size_wh))
        return LabelledImage(PurePosixPath(line.image).as_posix(), *size_wh, boxes)

    def _boxes(self, line: FlorenceLine, size_wh: tuple[int, int]) -> Iterable[LabelledBox]:
        names = self._labels(line)
        frame = {'image_size_wh': size_wh, 'model_size_wh': size_wh}
        parsed = self.codec.decode(line.suffix, names, **frame)
        for counter, kind in _CHANGES.items():
            if parsed.counters[counter]:
                self.report.note(kind, f'{line.where}: {line.suffix:.80}')
        unit = np.array([*size_wh, *size_wh]) / 1000
        corners = np.maximum(parsed.boxes_xyxy - self.shift * unit, 0.0)
        for box, label in zip(corners.tolist(), parsed.labels.tolist(), strict=True):
            yield LabelledBox(names[label], tuple(box))

    def _labels(self, line: FlorenceLine) -> list[str]:
        """Names in the answer; a part of it that is no box with a name is an error."""
        names: dict[str, None] = {}
        for index, candidate in enumerate(self.codec.read(line.suffix, False).candidates):
            where = f'{line.where}: object {index}'
            if candidate.problem is not None or candidate.label is None:
                raise BrokenInput(
                    f'{where}: expected a name and four locations (drop<loc_732><loc_481>'
                    f'<loc_748><loc_501>), found another form in {line.suffix[:80]!r}.'
                )
            if self.known and candidate.label not in self.known[0]:
                raise BrokenInput(
                    f'{where}: {candidate.label!r} is none of the {len(self.known[0])} classes of '
                    f'{self.known[1]}.{did_you_mean(candidate.label, self.known[0])}'
                )
            names[candidate.label] = None
        return list(names)
