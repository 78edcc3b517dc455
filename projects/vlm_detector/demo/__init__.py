"""The demo of vision-language models: from random weights to boxes, then LoRA, on a CPU."""

from vlm_detector.demo.report import score_table
from vlm_detector.demo.run import (
    DemoFolders,
    VLMDemoResult,
    prepare,
    quick_options,
    recipe_in,
    run_vlm_demo,
)
from vlm_detector.demo.shapes_models import QUICK_SHAPES, QUICK_SPECS, save_taught

__all__ = [
    'QUICK_SHAPES',
    'QUICK_SPECS',
    'DemoFolders',
    'VLMDemoResult',
    'prepare',
    'quick_options',
    'recipe_in',
    'run_vlm_demo',
    'save_taught',
    'score_table',
]
