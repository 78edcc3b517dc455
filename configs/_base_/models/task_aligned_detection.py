"""How boxes are assigned in training and filtered at test time, as in the published models."""

task_aligned_training = dict(
    assigner=dict(
        type='mmyolo.BatchTaskAlignedAssigner',
        num_classes=80,
        use_ciou=True,
        topk=10,
        alpha=0.5,
        beta=6.0,
        eps=1e-9,
    )
)
multi_label_testing = dict(
    multi_label=True,
    nms_pre=30000,
    score_thr=0.001,
    nms=dict(type='nms', iou_threshold=0.7),
    max_per_img=300,
)
