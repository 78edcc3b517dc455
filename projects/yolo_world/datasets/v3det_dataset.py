"""V3Det: 13,204 classes."""

from __future__ import annotations

from pathlib import PurePath

from mmdet.datasets import Objects365V1Dataset
from mmengine.fileio import get_local_path
from mmengine.logging import print_log
from mmengine.registry import DATASETS

from vl_runtime.data_checks import read_json
from yolo_world.datasets.class_selection import set_classes

# Pictures of the published file that the published training left out, as folder/name.
LEFT_OUT = frozenset(
    {
        'a00013820/26_275_28143226914_ff3a247c53_c.jpg',
        'n03815615/12_1489_32968099046_be38fa580e_c.jpg',
        'n04550184/19_1480_2504784164_ffa3db8844_c.jpg',
        'a00008703/2_363_3576131784_dfac6fc6ce_c.jpg',
        'n02814533/28_2216_30224383848_a90697f1b3_c.jpg',
        'n12026476/29_186_15091304754_5c219872f7_c.jpg',
        'n01956764/12_2004_50133201066_72e0d9fea5_c.jpg',
        'n03785016/14_2642_518053131_d07abcb5da_c.jpg',
        'a00011156/33_250_4548479728_9ce5246596_c.jpg',
        'a00009461/19_152_2792869324_db95bebc84_c.jpg',
    }
)


@DATASETS.register_module()
class V3DetDataset(Objects365V1Dataset):
    """V3Det in COCO format; label i is the i-th category by id.

    Without ``metainfo.classes`` all categories of the annotation file are the classes.
    Ten pictures of the published file are left out, and counted in the log.

    Source: V3Det, arXiv:2304.03752.
    """

    METAINFO = {'classes': (), 'palette': None}

    def load_data_list(self) -> list[dict]:
        """One entry per picture of the annotation file, in file order."""
        if not self.metainfo['classes']:
            set_classes(self, self._category_names())
        entries = super().load_data_list()
        kept = [entry for entry in entries if _folder_and_name(entry) not in LEFT_OUT]
        if len(kept) < len(entries):
            print_log(
                f'{self.ann_file}: {len(entries) - len(kept)} of {len(entries)} pictures are on '
                'the list of those that the published training left out.',
                'current',
            )
        return kept

    def _category_names(self) -> list[str]:
        with get_local_path(self.ann_file, backend_args=self.backend_args) as path:
            categories = read_json(path)['categories']
        return [entry['name'] for entry in sorted(categories, key=lambda entry: entry['id'])]


def _folder_and_name(entry: dict) -> str:
    return '/'.join(PurePath(entry['img_path']).parts[-2:])
