"""YOLO-World nano on blood cells (BCCD, Pascal VOC): three classes, asked for by what they mean.

The classes are named Platelets, RBC and WBC; the texts say what that is, in the same order.

Data:  python tools/prepare_data/voc_to_coco.py BCCD --out data/bccd
Train: python tools/train.py configs/finetune/yolo_world_n_finetune_bccd.py
Test:  python tools/test.py configs/finetune/yolo_world_n_finetune_bccd.py BEST
(BEST: work_dirs/yolo_world_n_finetune_bccd/best.pth). Measured scores: docs/measured.md.
"""

_base_ = ['./yolo_world_n_finetune_own.py']
data_root = 'data/bccd/'
class_text_path = 'data/texts/bccd_class_texts.json'
train_dataloader = dict(
    dataset=dict(dataset=dict(data_root=data_root), class_text_path=class_text_path)
)
val_dataloader = dict(
    dataset=dict(dataset=dict(data_root=data_root), class_text_path=class_text_path)
)
test_dataloader = val_dataloader
val_evaluator = dict(ann_file=data_root + 'annotations/instances_val.json')
test_evaluator = val_evaluator
