"""What makes M of L: depth 0.67, width 0.75."""

size_m = dict(
    backbone=dict(
        image_model=dict(last_stage_out_channels=768, deepen_factor=0.67, widen_factor=0.75)
    ),
    neck=dict(
        in_channels=[256, 512, 768],
        out_channels=[256, 512, 768],
        embed_channels=[128, 256, 384],
        num_heads=[4, 8, 12],
        deepen_factor=0.67,
        widen_factor=0.75,
    ),
    bbox_head=dict(head_module=dict(in_channels=[256, 512, 768], widen_factor=0.75)),
)
