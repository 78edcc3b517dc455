"""LVIS v1: COCO's pictures with 1203 classes."""

from __future__ import annotations

from mmdet.datasets import CocoDataset, LVISV1Dataset
from mmengine.registry import DATASETS
from mmyolo.datasets.yolov5_coco import BatchShapePolicyDataset

_COCO_ADDRESS = 'http://images.cocodataset.org/'


@DATASETS.register_module()
class YOLOv5LVISV1Dataset(BatchShapePolicyDataset, LVISV1Dataset):
    """LVIS v1 (train, val, minival, or the 866 classes of ``lvis_v1_train_base.json``).

    A picture is named by its ``coco_url``; what follows the address of COCO is its path,
    ``val2017/000000000139.jpg``, so ``data_root`` is COCO's folder and
    ``data_prefix['img']`` is ''. Label i is category i of the annotation file.

    The file is read as a COCO file; the package ``lvis`` is not needed for that.

    Raises:
        UserInputError: inside ``MultiModalDataset``, as for a COCO file.
    """

    # `MultiModalDataset` reads and checks the file through COCOAPI.
    reads_coco_api = True
    image_name_key = 'coco_url'

    def load_data_list(self) -> list[dict]:
        """One entry per picture of the annotation file, in file order."""
        # mmdet's own reads with the package lvis what COCO's reader reads as well.
        return CocoDataset.load_data_list(self)

    def parse_data_info(self, raw_data_info: dict) -> dict:
        """The entry of one picture, named by its ``coco_url``."""
        image = raw_data_info['raw_img_info']
        named = {**image, 'file_name': image['coco_url'].replace(_COCO_ADDRESS, '')}
        return super().parse_data_info({**raw_data_info, 'raw_img_info': named})
