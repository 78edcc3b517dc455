"""What makes S of L: depth 0.33, width 0.5."""

size_s = dict(
    backbone=dict(
        image_model=dict(last_stage_out_channels=1024, deepen_factor=0.33, widen_factor=0.5)
    ),
    neck=dict(
        in_channels=[256, 512, 1024],
        out_channels=[256, 512, 1024],
        embed_channels=[128, 256, 512],
        num_heads=[4, 8, 16],
        deepen_factor=0.33,
        widen_factor=0.5,
    ),
    bbox_head=dict(head_module=dict(in_channels=[256, 512, 1024], widen_factor=0.5)),
)
