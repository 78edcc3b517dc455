"""OACIRR: the box in the reference says which object must stay the same one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.registry import DATASETS

from composed_retrieval.datasets.annotation_entries import (
    all_or_none,
    check_queries,
    pixel_box,
    read_entries,
    read_image_paths,
    required_caption,
)
from composed_retrieval.datasets.composed_query import ComposedQuery, RetrievalSplit
from composed_retrieval.datasets.composed_retrieval_dataset import ComposedRetrievalDataset
from vl_runtime.errors import InputFileNotFoundError, InputKeyError, InputValueError

_FOLDERS = {
    'Union': 'OACIRR-Union',
    'Fashion': 'OACIRR-Subset/OACIRR-Fashion',
    'Car': 'OACIRR-Subset/OACIRR-Car',
    'Product': 'OACIRR-Subset/OACIRR-Product',
    'Landmark': 'OACIRR-Subset/OACIRR-Landmark',
}
_CAPTIONS = 'quadruple_captions'


@DATASETS.register_module()
class OACIRRDataset(ComposedRetrievalDataset):
    """Object-anchored composed retrieval; each domain has a gallery of its own.

    Folders below ``data_root``: ``OACIRR-Union`` (training) and
    ``OACIRR-Subset/OACIRR-{Fashion,Car,Product,Landmark}``. In each, the annotation folder
    (lower case) has ``quadruple_captions/caption_full.SPLIT.json`` and
    ``image_splits/split.SPLIT.json`` (name -> path below the domain's ``image_folder``). Two
    pictures show the same object when their paths have the same parent folder. A query's id
    is ``DOMAIN/INDEX``, and names of pictures begin with ``DOMAIN/`` too where several
    domains are read.

    Args:
        domains: any of Union, Fashion, Car, Product, Landmark.
        others: see ``ComposedRetrievalDataset``.

    Source: arXiv:2604.05393.
    """

    NAME = 'OACIRR'
    SPLITS = ('train', 'val')

    def __init__(
        self,
        data_root: str | Path,
        split: str,
        *,
        domains: Sequence[str] = ('Fashion', 'Car', 'Product', 'Landmark'),
        **others: Any,
    ) -> None:
        unknown = [domain for domain in domains if domain not in _FOLDERS]
        if unknown or not domains or len(set(domains)) != len(domains):
            raise InputValueError(
                f'OACIRR: expected domains among {", ".join(_FOLDERS)}, each once, found '
                f'{list(domains)}.'
            )
        self.domains = tuple(domains)
        super().__init__(data_root, split, **others)

    def read_split(self) -> RetrievalSplit:
        """Read and check the files of all domains."""
        queries: list[ComposedQuery] = []
        images: dict[str, Path] = {}
        galleries: dict[str, tuple[str, ...]] = {}
        for domain in self.domains:
            root = self.root / _FOLDERS[domain]
            folder = _annotation_folder(root)
            paths = read_image_paths(folder / 'image_splits' / f'split.{self.split}.json')
            prefix = f'{domain}/' if len(self.domains) > 1 else ''
            source = folder / _CAPTIONS / f'caption_full.{self.split}.json'
            of_domain = _queries(source, domain, prefix, paths)
            galleries[domain] = tuple(f'{prefix}{name}' for name in paths)
            images |= {f'{prefix}{n}': root / self.image_folder / p for n, p in paths.items()}
            check_queries(of_domain, galleries, source)
            queries += of_domain
        return RetrievalSplit(source, tuple(queries), images, galleries)


def _queries(
    source: Path, domain: str, prefix: str, paths: Mapping[str, str]
) -> list[ComposedQuery]:
    keys = {'reference': str, 'modification_text_mllm': str, 'reference_bounding_box': list}
    entries = read_entries(source, keys)
    all_or_none(entries, 'target', source)
    instances: dict[Path, list[str]] = defaultdict(list)
    for name, path in paths.items():
        instances[Path(path).parent].append(name)
    queries = []
    for index, entry in enumerate(entries):
        where = f'{source}: entry {index}'
        reference, target = entry['reference'], entry.get('target')
        if target is not None and target not in paths:
            raise InputKeyError(
                f'{where}: expected a target among the {len(paths)} images of {domain!r}, found '
                f'{target!r}.'
            )
        alike = [] if target is None else instances[Path(paths[target]).parent]
        queries.append(
            ComposedQuery(
                query_id=f'{domain}/{index}',
                reference=f'{prefix}{reference}',
                caption=required_caption(entry['modification_text_mllm'], where),
                gallery=domain,
                target=None if target is None else f'{prefix}{target}',
                same_instance=tuple(f'{prefix}{name}' for name in alike if name != reference),
                region_xyxy=pixel_box(
                    entry['reference_bounding_box'], f'{where}: reference_bounding_box'
                ),
            )
        )
    return queries


def _annotation_folder(root: Path) -> Path:
    """The one folder in ``root``, or ``root`` itself, that has the captions."""
    inside = sorted(p for p in root.iterdir() if p.is_dir()) if root.is_dir() else []
    found = [folder for folder in (root, *inside) if (folder / _CAPTIONS).is_dir()]
    if len(found) != 1:
        raise InputFileNotFoundError(
            f'{root}: expected one folder with {_CAPTIONS}/ in it, found '
            f'{", ".join(str(folder) for folder in found) or "none"}.'
        )
    return found[0]
