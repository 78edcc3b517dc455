"""The demo: its recipes through the real commands, small; and, slow, what they must reach."""

import json
import sys
from pathlib import Path

import cv2
import pytest
from mmengine.config import Config

from tests.tool_process import run as run_process
from vl_runtime import launch
from vl_runtime.reports.scalars_file import find_scalars, read_lines
from vlm_detector import demo
from vlm_detector.demo.evaluation import evaluate_shapes

RECIPES = Path(__file__).resolve().parents[3] / 'configs/demo'
# Well below what one seed reached; chance is about 0.05 with the right name.
LEAST = {
    'florence2': {'mean_iou': 0.45, 'success': 0.55, 'new_ap': 0.15},
    'qwen3_vl': {'mean_iou': 0.25, 'success': 0.25, 'new_ap': 0.03},
}


@pytest.fixture
def folders(tmp_path):
    return demo.DemoFolders(
        tmp_path / 'work', tmp_path / 'shapes', tmp_path / 'new', tmp_path / 'no_yolo'
    )


def losses_of(work_dir):
    lines, _ = read_lines(find_scalars(work_dir)[-1])
    return [line['loss'] for line in lines if 'loss' in line]


@pytest.mark.parametrize('family', ['qwen3_vl', pytest.param('florence2', marks=pytest.mark.slow)])
def test_the_loss_falls_within_a_few_steps(family, folders, tmp_path):
    demo.prepare(folders, demo.QUICK_SHAPES, demo.QUICK_SPECS)
    config = demo.recipe_in(RECIPES / f'{family}_tiny_shapes.py', folders, demo.quick_options())
    config.default_hooks.logger.interval = 1
    config.train_cfg.val_interval = 3  # of 2 epochs: no validation
    config.custom_hooks = []
    config.param_scheduler = []  # 16 steps are fewer than the warm-up

    launch.train(config, work_dir=tmp_path / 'work' / family)

    losses = losses_of(tmp_path / 'work' / family)
    assert len(losses) == 16
    assert sum(losses[-4:]) / 4 < 0.95 * losses[0]


@pytest.mark.slow
def test_the_whole_demo_reports_and_keeps_what_was_trained(repository, folders):
    command = [sys.executable, repository / 'tools/demo_vlm.py', '--quick']
    command += ['--work-dir', folders.work_dir, '--data-root', folders.shapes]
    command += ['--more-root', folders.more, '--yolo', folders.yolo]

    first, second = (run_process(command) for _ in range(2))

    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    steps = [line for line in first.stdout.splitlines() if line.startswith('[')]
    assert [line[:5] for line in steps] == [f'[{step}/8]' for step in range(1, 9)]
    assert first.stdout.count('16 steps in') == 2 and 'kept from an earlier run' not in first.stdout
    assert second.stdout.count('kept from an earlier run') == 4
    table = [line for line in second.stdout.splitlines() if line.startswith('| ')]
    assert [line.split('|')[1].strip() for line in table] == [
        'model',
        'Qwen3-VL tiny',
        'Qwen3-VL tiny + LoRA',
        'Florence-2 tiny',
        'Florence-2 tiny + LoRA',
    ]
    assert all(line in (folders.work_dir / 'report.md').read_text() for line in table)
    assert 'YOLO-World is not in the table' in second.stdout and '`make demo`' in second.stdout
    scores = json.loads((folders.work_dir / 'report.json').read_text())['scores']
    assert all(0 <= scores[name]['parse_rate'] <= 1 for name in scores)
    for model in ('qwen3_vl', 'qwen3_vl_lora', 'florence2', 'florence2_lora'):
        for picture in ('answers.png', 'training_curve.png'):
            drawn = cv2.imread(str(folders.work_dir / model / picture))
            assert min(drawn.shape[:2]) > 100
    taught = Config.fromfile(RECIPES / 'qwen3_vl_tiny_lora_shapes.py').taught_root
    assert (folders.work_dir / Path(taught).name / 'model.safetensors').exists()


@pytest.mark.slow
@pytest.mark.parametrize('family', sorted(LEAST))
def test_from_random_weights_a_model_learns_and_lora_adds_phrases(family, folders):
    demo.prepare(folders)

    def scores_of(name, places):
        config = demo.recipe_in(RECIPES / f'{name}.py', folders, places)
        work = folders.work_dir / name
        launch.train(config, work_dir=work)
        return config, work / 'best.pth', evaluate_shapes(config, work / 'best.pth', work)

    config, best, taught = scores_of(f'{family}_tiny_shapes', {})
    folder = demo.save_taught(config, best, folders.taught(family))
    _, _, adapted = scores_of(f'{family}_tiny_lora_shapes', {'taught_root': str(folder)})

    least = LEAST[family]
    assert taught.mean_iou >= least['mean_iou'] and taught.success >= least['success']
    assert taught.shuffled_iou <= 0.2 and min(taught.parse_rate, adapted.parse_rate) >= 0.95
    assert adapted.untaught_ap >= max(least['new_ap'], 2 * taught.untaught_ap)
