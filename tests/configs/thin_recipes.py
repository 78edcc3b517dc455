"""Recipes for own data made so small that they train in seconds."""

from vl_runtime.launch import load_config

FIXED = ('prompt', 'rep')  # ways without a text encoder


def shrink(recipe, clip, width=None):
    """Options that replace CLIP by a tiny one and, with ``width``, the network by a thin one."""
    options = {}
    if not any(f'_{way}_' in recipe.stem for way in FIXED):
        options['model.backbone.text_model.model_name'] = str(clip)
    options['model.bbox_head.head_module.embed_dims'] = 12
    if '_rep_' not in recipe.stem:
        options['model.neck.guide_channels'] = 12
    if '_prompt_' in recipe.stem:
        options['model.prompt_dim'] = 12
    if width:
        for part in ('backbone.image_model', 'neck', 'bbox_head.head_module'):
            options[f'model.{part}.widen_factor'] = width
        options |= {'train_dataloader.batch_size': 2, 'train_dataloader.num_workers': 0}
        options |= {'train_dataloader.persistent_workers': False, 'load_from': None}
        options |= {'val_dataloader.num_workers': 0, 'val_dataloader.persistent_workers': False}
        options |= {'train_cfg.max_epochs': 1}
    return options


def small(recipe, options, side=64):
    """The recipe with ``options`` and pictures of ``side`` pixels instead of 640."""
    config = load_config(recipe, options)
    config.work_dir = ''

    def shrunk(value):
        if isinstance(value, dict):
            for key in value:
                value[key] = shrunk(value[key])
        elif isinstance(value, list | tuple):
            return type(value)(shrunk(item) for item in value)
        elif value in (640, -320) and not isinstance(value, bool):
            return side if value == 640 else -side // 2
        return value

    for key in config:
        config[key] = shrunk(config[key])
    return config
