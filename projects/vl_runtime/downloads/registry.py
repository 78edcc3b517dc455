"""The named downloads: published YOLO-World weights, CLIP, and the data they were trained on.

The sha256 of these files are not published; they are recorded at the first download.
"""

from __future__ import annotations

from vl_runtime.downloads.application_data import APPLICATION_DATA
from vl_runtime.downloads.entry import UNKNOWN, DownloadEntry, DownloadFile
from vl_runtime.errors import InputKeyError, did_you_mean

_HUB = 'https://huggingface.co'
_YOLO_WORLD = f'{_HUB}/wondervictor/YOLO-World'
_GLIP = f'{_HUB}/GLIPModel/GLIP'
_COCO = 'http://images.cocodataset.org'
_LVIS = 'https://dl.fbaipublicfiles.com/LVIS'
_CODE = 'https://github.com/AILab-CVC/YOLO-World'
_V2 = {
    's': 's_obj365v1_goldg_pretrain-55b943ea',
    's_1280': 's_obj365v1_goldg_pretrain_1280ft-fc4ff4f7',
    'm': 'm_obj365v1_goldg_pretrain-c6237d5b',
    'm_1280': 'm_obj365v1_goldg_pretrain_1280ft-77d0346d',
    'l': 'l_obj365v1_goldg_pretrain-a82b1fe3',
    'l_1280': 'l_obj365v1_goldg_pretrain_1280ft-9babe3f6',
    'l_cc3mlite': 'l_obj365v1_goldg_cc3mlite_pretrain-ca93cd1f',
    'l_cc3mv2': 'l_obj365v1_goldg_cc3mv2_pretrain-2f3a4a22',
    'l_clip_large': 'l_clip_large_o365v1_goldg_pretrain-8ff2e744',
    'l_clip_large_800': 'l_clip_large_o365v1_goldg_pretrain_800ft-9df82e55',
    'x_cc3mlite': 'x_obj365v1_goldg_cc3mlite_pretrain-8698fbfa',
    'x_cc3mlite_1280': 'x_obj365v1_goldg_cc3mlite_pretrain_1280ft-14996a36',
    'xl_cc3mlite': 'xl_obj365v1_goldg_cc3mlite_pretrain-5daf1395',
}
_V2_1 = {
    's_1280': 's_stage2-4466ab94',
    'm': 'm_stage1-7e1e5299',
    'm_1280': 'm_stage2-9987dcb1',
    'l': 'l_stage1-7d280586',
    'l_1280': 'l_stage2-b3e3dc3f',
    'x': 'x_stage1-62b674ad',
}
_CLIP_FILES = (
    'config.json',
    'pytorch_model.bin',
    'tokenizer.json',
    'tokenizer_config.json',
    'vocab.json',
    'merges.txt',
    'special_tokens_map.json',
    'preprocessor_config.json',
)


def _weights(name: str, file: str) -> DownloadEntry:
    address = DownloadFile(file, f'{_YOLO_WORLD}/resolve/main/{file}')
    return DownloadEntry(name, 'weights', (address,), _YOLO_WORLD, 'GPL-3.0', 'weights')


def _by_hand(name: str, kind: str, source: str, licence: str, folder: str, what: str):
    return DownloadEntry(name, kind, (), source, licence, folder, by_hand=what)


def _clip(name: str, repository: str) -> DownloadEntry:
    page = f'{_HUB}/openai/{repository}'
    files = tuple(DownloadFile(file, f'{page}/resolve/main/{file}') for file in _CLIP_FILES)
    return DownloadEntry(name, 'weights', files, page, UNKNOWN, repository)


def _data(
    name: str, licence: str, source: str, folder: str, *addresses: str, size: str = UNKNOWN
) -> DownloadEntry:
    files = tuple(DownloadFile(address.rpartition('/')[2], address) for address in addresses)
    return DownloadEntry(name, 'data', files, source, licence, folder, size)


_GLIP_FILES = f'{_GLIP}/resolve/main'
_FLICKR_TERMS = 'Flickr terms of use (images)'
ENTRIES: tuple[DownloadEntry, ...] = (
    *(_weights(f'yolo_world_v2_{k}', f'yolo_world_v2_{v}.pth') for k, v in _V2.items()),
    *(_weights(f'yolo_world_v2.1_{k}', f'{v}.pth') for k, v in _V2_1.items()),
    _by_hand(
        'yolo_world_v2.1_s',
        'weights',
        _YOLO_WORLD,
        'GPL-3.0',
        'weights',
        'the published table links the X file in this row; look for s_stage1-*.pth among the files '
        'of the source',
    ),
    _by_hand(
        'yolo_world_v1',
        'weights',
        _CODE,
        'GPL-3.0',
        'weights',
        'the model zoo of the source links the v1 weights (S, M, L, X at 640)',
    ),
    _clip('clip_vit_b32', 'clip-vit-base-patch32'),
    _clip('clip_vit_l14_336', 'clip-vit-large-patch14-336'),
    _data(
        'coco_2017_annotations',
        'CC BY 4.0 (annotations)',
        'https://cocodataset.org',
        'coco',
        f'{_COCO}/annotations/annotations_trainval2017.zip',
        size='241 MB',
    ),
    _data(
        'coco_2017_train',
        _FLICKR_TERMS,
        'https://cocodataset.org',
        'coco',
        f'{_COCO}/zips/train2017.zip',
        size='18 GB',
    ),
    _data(
        'coco_2017_val',
        _FLICKR_TERMS,
        'https://cocodataset.org',
        'coco',
        f'{_COCO}/zips/val2017.zip',
        size='1 GB',
    ),
    _data(
        'lvis_v1_annotations',
        'CC BY 4.0 (annotations)',
        'https://www.lvisdataset.org',
        'coco/lvis',
        f'{_LVIS}/lvis_v1_train.json.zip',
        f'{_LVIS}/lvis_v1_val.json.zip',
    ),
    _data(
        'lvis_v1_minival',
        'CC BY 4.0 (annotations)',
        _GLIP,
        'coco/lvis',
        f'{_GLIP_FILES}/lvis_v1_minival_inserted_image_name.json',
    ),
    _by_hand(
        'objects365_v1',
        'data',
        'https://www.objects365.org',
        'terms of use of Objects365',
        'objects365v1',
        'accept the terms at the source, then unpack to train/, val/ and annotations/',
    ),
    _data(
        'goldg_annotations',
        UNKNOWN,
        _GLIP,
        'mixed_grounding/annotations',
        f'{_GLIP_FILES}/mdetr_annotations/final_mixed_train_no_coco.json',
        f'{_GLIP_FILES}/mdetr_annotations/final_flickr_separateGT_train.json',
    ),
    _data(
        'gqa_images',
        UNKNOWN,
        'https://cs.stanford.edu/people/dorarad/gqa',
        'mixed_grounding/gqa',
        'https://downloads.cs.stanford.edu/nlp/data/gqa/images.zip',
        size='20 GB',
    ),
    _by_hand(
        'flickr30k_images',
        'data',
        'https://shannon.cs.illinois.edu/DenotationGraph',
        f'{_FLICKR_TERMS}, research only',
        'flickr',
        'ask for access at the source, then unpack to full_images/',
    ),
    *APPLICATION_DATA,
)


def find_entry(name: str) -> DownloadEntry:
    """The entry called ``name``.

    Raises:
        InputKeyError: there is none; the closest name is told.
    """
    for entry in ENTRIES:
        if entry.name == name:
            return entry
    known = [entry.name for entry in ENTRIES]
    raise InputKeyError(
        f'{name}: no download of this name (--list shows all {len(known)}).'
        f'{did_you_mean(name, known)}'
    )


def table_lines() -> list[str]:
    """One line an entry: name, kind, size, licence, source."""
    width = max(len(entry.name) for entry in ENTRIES)
    return [
        f'{e.name:<{width}}  {e.kind:<7}  {e.size if e.files else "by hand":<8}  {e.source}  '
        f'({e.licence})'
        for e in ENTRIES
    ]


def entry_lines(entry: DownloadEntry) -> list[str]:
    """What a user should know before fetching ``entry``: source, licence, size, tree, paper."""
    lines = [f'{entry.name}: {entry.source} (licence: {entry.licence}; size: {entry.size})']
    lines += [f'  unpacked: {entry.tree}'] if entry.tree else []
    return lines + ([f'  cite: {entry.citation}'] if entry.citation else [])


def help_lines(*names: str) -> list[str]:
    """``entry_lines`` of several entries, each with the way to get it."""
    lines = []
    for entry in map(find_entry, names):
        way = f'  python tools/download.py {entry.name}' if entry.files else f'  {entry.by_hand}'
        lines += [*entry_lines(entry), way]
    return lines
