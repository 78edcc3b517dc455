"""Several tasks on one COCO-format folder: everything but model, tasks and metrics.

A recipe gives `tasks` to the data sets and ends the pipelines with the steps that need its model,
as `qwen3_vl_2b_lora_logodet3k.py` does.
"""

_base_ = ['./vlm_own_data.py']
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='TaskSamples',
        dataset=dict(
            _base_.coco_format_train,
            dataset=dict(_base_.coco_format_train.dataset, type='RegionTextDataset'),
        ),
    )
)
val_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='TaskSamples',
        dataset=dict(
            _base_.coco_format_val,
            dataset=dict(_base_.coco_format_val.dataset, type='RegionTextDataset'),
        ),
    )
)
test_dataloader = val_dataloader
# The task of each sample; behind the geometric steps.
vlm_choose_task = dict(type='ChooseTask')
