"""The four examples: what their guides' placeholders stand for, and what makes them small."""

from __future__ import annotations

from vlm_detector.examples import sample_data
from vlm_detector.examples.example import Example

QWEN, FLORENCE = 'qwen3_vl', 'florence2'
_RECIPE = r'tools/(train|test|evaluate|compare_prompts|predict|browse)\.py configs/finetune/{}'
# Answers end soon, since random weights never end them; pictures are read in the process itself.
_SMALL = '--cfg-options model.model.dtype=float32 model.decode.max_new_tokens=48 ' + ' '.join(
    f'{part}_dataloader.num_workers=0 {part}_dataloader.persistent_workers=False'
    for part in ('train', 'val', 'test')
)
_ONE_EPOCH = (r'tools/train\.py (?!.*--debug)', '--cfg-options train_cfg.max_epochs=1')
_ALL_BOXES = (r'tools/predict\.py', '--score-threshold 0 --max-boxes 5')


def _model(family: str) -> str:
    return f'models/{family}'


def _small_model(family: str, recipe: str) -> tuple[str, str]:
    return _RECIPE.format(recipe), f'{_SMALL} model_root={_model(family)}'


EXAMPLES = (
    Example(
        'logos',
        'docs/logos.md',
        sample_data.logos,
        families=(QWEN,),
        replaced={
            'FOLDER': _model(QWEN),
            '--train 10000 --val 1000 --test 1000': '--train 12 --val 6 --test 6',
            'PICTURES': 'data/logodet3k/LogoDet-3K/Food/Limonata',
        },
        added=(
            _small_model(QWEN, 'qwen3'),
            (r'tools/compare_prompts\.py', '--num-samples 6'),
            _ONE_EPOCH,
        ),
        results=(
            'work_dirs/evaluations/logos/evaluation_report.md',
            'work_dirs/qwen3_vl_2b_lora_logodet3k/training_curve.png',
            'logos.png',
        ),
    ),
    Example(
        'main subject',
        'docs/main_subject.md',
        sample_data.main_subject,
        families=(QWEN,),
        replaced={'FOLDER': _model(QWEN), 'PICTURES': 'data/duts/DUTS-TR/DUTS-TR-Image'},
        added=(_small_model(QWEN, 'qwen3'), _ONE_EPOCH, _ALL_BOXES),
        results=(
            'work_dirs/evaluations/main_subject/evaluation_report.md',
            'data/main_subject/annotations/samples.jpg',
            'work_dirs/qwen3_vl_2b_lora_main_subject/training_curve.png',
        ),
    ),
    Example(
        'textile',
        'docs/textile.md',
        sample_data.textile,
        families=(FLORENCE,),
        replaced={'FOLDER': _model(FLORENCE), 'PICTURES': 'data/fabric/images'},
        added=(
            _small_model(FLORENCE, 'florence2'),
            # The tiny model has positions for 256 tokens.
            (
                r'tools/train\.py configs/finetune/florence2_base_lora_segment',
                '--cfg-options train_dataloader.dataset.pipeline.5.max_answer_tokens=200',
            ),
            _ONE_EPOCH,
            _ALL_BOXES,
        ),
        results=(
            'work_dirs/evaluations/textile/evaluation_report.md',
            'textile.png',
            'work_dirs/florence2_base_lora_textile/training_curve.png',
        ),
    ),
    Example(
        'detection',
        'docs/examples.md',
        sample_data.blood_cells,
        families=(QWEN,),
        replaced={'FOLDER': _model(QWEN), 'PICTURES': 'BCCD/JPEGImages/BloodImage_00000.jpg'},
        added=(
            _small_model(QWEN, 'qwen3'),
            (
                r'tools/train\.py configs/finetune/yolo',
                '--cfg-options train_cfg.val_interval=1 train_dataloader.num_workers=0 '
                'train_dataloader.persistent_workers=False',
            ),
            (
                r'tools/compare\.py',
                f'--num-samples 4 --cfg-options vlm:model_root={_model(QWEN)} '
                'vlm:model.model.dtype=float32 vlm:model.decode.max_new_tokens=48',
            ),
            _ONE_EPOCH,
            _ALL_BOXES,
        ),
        results=(
            'work_dirs/evaluations/cells/evaluation_report.md',
            'work_dirs/comparison/comparison.html',
            'cells.png',
            'work_dirs/cells_vlm/training_curve.png',
        ),
    ),
)
