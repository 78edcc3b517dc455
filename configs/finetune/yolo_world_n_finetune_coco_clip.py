"""YOLO-World nano on COCO's 80 classes with precomputed CLIP text embeddings (512-d, no encoder).

`data/embeddings/coco_clip.npy` holds one row for each class text, in the same order.

Train: python tools/train.py configs/finetune/yolo_world_n_finetune_coco_clip.py
Test:  python tools/test.py configs/finetune/yolo_world_n_finetune_coco_clip.py BEST
Another vocabulary at test time: --cfg-options model.backbone.text_model.test_embed_path=...npy
    model.backbone.text_model.test_texts_path=...json and the data set's class_text_path.
"""

_base_ = ['./yolo_world_n_finetune_own.py']
data_root = 'data/coco/'
class_text_path = 'data/texts/coco_class_texts.json'
model = dict(
    backbone=dict(
        text_model=dict(
            _delete_=True,
            type='PseudoLanguageBackbone',
            text_embed_path='data/embeddings/coco_clip.npy',
            texts_path=class_text_path,
            normalize=True,
        )
    ),
    neck=dict(guide_channels=512),
    bbox_head=dict(head_module=dict(embed_dims=512)),
)
train_dataloader = dict(
    dataset=dict(dataset=dict(data_root=data_root), class_text_path=class_text_path)
)
val_dataloader = dict(
    dataset=dict(dataset=dict(data_root=data_root), class_text_path=class_text_path)
)
test_dataloader = val_dataloader
val_evaluator = dict(ann_file=data_root + 'annotations/instances_val.json')
test_evaluator = val_evaluator
