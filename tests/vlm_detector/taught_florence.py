"""A tiny Florence-2 whose adapter knows every task about one picture by heart."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from mmengine.registry import FUNCTIONS, MODELS, TRANSFORMS, DefaultScope

from vl_runtime.launch import load_config

RECIPE = Path(__file__).resolve().parents[2] / 'configs/finetune/florence2_base_lora_own.py'
TASKS = (
    'detection',
    'phrase_grounding',
    'main_subject',
    'dense_region_caption',
    'segmentation',
    'caption',
)
TEXTS = ['red square', 'blue square']
BOXES = ((10, 20, 50, 60), (60, 10, 90, 30))
CAPTIONS = ('a large red thing', 'a small blue thing')
CAPTION = 'Two squares on grey.'
_STEPS = 80


def picture() -> np.ndarray:
    """A red and a blue square, (80, 100, 3) BGR."""
    image = np.full((80, 100, 3), 90, np.uint8)
    for (x1, y1, x2, y2), colour in zip(BOXES, ((0, 0, 255), (255, 0, 0))):
        image[y1:y2, x1:x2] = colour
    return image


def teach(model_folder: Path, folder: Path) -> tuple[Path, Path, Path]:
    """Recipe, checkpoint and picture, written into ``folder``; some 10 seconds of a CPU.

    Args:
        model_folder: of ``save_tiny_model('florence2', ...)``.
    """
    config = load_config(
        RECIPE,
        {
            'model_root': str(model_folder),
            'data_root': str(folder / 'data'),
            'log_level': 'ERROR',
            'model.decode.max_new_tokens': 100,
        },
    )
    # The output layer of random weights has to learn too.
    targets = ['q_proj', 'k_proj', 'v_proj', 'out_proj', 'lm_head', 'fc1', 'fc2']
    config.model.lora = {'targets': targets, 'rank': 32, 'alpha': 64}
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope(config.default_scope):
        model = MODELS.build(config.model)
        batch = FUNCTIONS.get('vlm_train_collate')(_conversations(config))
    inputs = model.data_preprocessor(batch, True)['inputs']
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=1e-2)
    decay = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, _STEPS)
    model.train()
    for _ in range(_STEPS):
        optimizer.zero_grad()
        loss = model.loss(inputs)['loss']
        loss.backward()
        optimizer.step()
        decay.step()
    config.dump(folder / 'recipe.py')
    torch.save({'state_dict': model.state_dict()}, folder / 'best.pth')
    cv2.imwrite(str(folder / 'squares.png'), picture())
    return folder / 'recipe.py', folder / 'best.pth', folder / 'squares.png'


def _conversations(config) -> list[dict]:
    """The picture once for each task."""
    steps = config.train_dataloader.dataset.pipeline[-2:]
    made = []
    for task in TASKS:
        results = _annotated()
        for step in [{'type': 'ChooseTask', 'tasks': {task: 1}}, *steps]:
            results = TRANSFORMS.build(step)(results)
        made.append(results)
    return made


def _annotated() -> dict:
    from mmdet.structures.mask import BitmapMasks

    image = picture()
    masks = np.zeros((len(BOXES), *image.shape[:2]), np.uint8)
    instances = []
    for label, (mask, box, caption) in enumerate(zip(masks, BOXES, CAPTIONS)):
        x1, y1, x2, y2 = box
        mask[y1:y2, x1:x2] = 1
        outline = [[x1, y1, x2, y1, x2, y2, x1, y2]]
        instances.append(
            {'bbox': list(box), 'bbox_label': label, 'ignore_flag': 0}
            | {'caption': caption, 'mask': outline}
        )
    return {
        'img': image,
        'img_path': 'squares.png',
        'img_id': 1,
        'ori_shape': image.shape[:2],
        'img_shape': image.shape[:2],
        'gt_bboxes': np.array(BOXES, np.float32),
        'gt_bboxes_labels': np.arange(len(BOXES)),
        'gt_masks': BitmapMasks(masks, *image.shape[:2]),
        'texts': list(TEXTS),
        'instances': instances,
        'caption': CAPTION,
        'phrase_label': 0,
    }
