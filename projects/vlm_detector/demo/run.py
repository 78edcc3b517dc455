"""The demo: two tiny models learn boxes as text from nothing, then LoRA adds phrases to each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.config import Config

from vl_runtime import launch
from vl_runtime.atomic_files import write_json, write_text
from vl_runtime.demo.kept_training import kept_training
from vl_runtime.demo.shapes_data import ShapesSpec
from vl_runtime.errors import UserInputError
from vlm_detector.demo.evaluation import ShapesScores, evaluate_shapes
from vlm_detector.demo.report import report_page
from vlm_detector.demo.shapes_models import (
    DEMO_SHAPES,
    MORE_SPECS,
    Specs,
    prepare_data,
    prepare_start,
    save_taught,
)

QWEN, FLORENCE = 'qwen3_vl', 'florence2'
_NAMES = {QWEN: 'Qwen3-VL', FLORENCE: 'Florence-2'}
_STEPS = 8


@dataclass
class VLMDemoResult:
    """What the demo found.

    Attributes:
        folder: where report and pictures lie.
        scores: by model, in the order of the table.
        seconds: by step.
        notes: lines below the table.
    """

    folder: Path
    scores: dict[str, ShapesScores] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class DemoFolders:
    """Where everything lies; the defaults are those of the recipes.

    Attributes:
        work_dir: reports, logs and models.
        shapes: pictures of ``make demo``.
        more: further pictures for training.
        yolo: work folder of ``make demo``, for the table.
    """

    work_dir: Path = Path('work_dirs/demo_vlm')
    shapes: Path = Path('data/shapes')
    more: Path = Path('data/shapes_vlm')
    yolo: Path = Path('work_dirs/demo')

    def start(self, family: str) -> Path:
        """The folder of the random model."""
        return self.work_dir / f'{family}_tiny'

    def taught(self, family: str) -> Path:
        """The folder of the trained model."""
        return self.work_dir / f'{family}_tiny_taught'

    def options(self) -> dict[str, str]:
        """These places as options of a recipe; those that it doesn't know are left out later."""
        return {
            'shapes_root': str(self.shapes),
            'more_shapes_root': str(self.more),
            **{f'{family}_tiny_root': str(self.start(family)) for family in (QWEN, FLORENCE)},
        }


def prepare(
    folders: DemoFolders, shapes: ShapesSpec = DEMO_SHAPES, more: Specs = MORE_SPECS
) -> None:
    """Draw the data and write the random models, or keep what is there.

    Args:
        shapes: of the pictures that are those of ``make demo``.
        more: of the further pictures, by folder.
    """
    prepare_data(folders.shapes, folders.more, shapes, more)
    for family in (QWEN, FLORENCE):
        prepare_start(family, folders.start(family))


def run_vlm_demo(
    recipes: str | Path,
    folders: DemoFolders = DemoFolders(),
    *,
    shapes: ShapesSpec = DEMO_SHAPES,
    more: Specs = MORE_SPECS,
    cfg_options: Mapping[str, Any] | None = None,
    say: Callable[[str], None],
) -> VLMDemoResult:
    """Draw; train, evaluate and adapt both families by LoRA; compare, report.

    What was trained by an earlier run with the same recipes is kept.

    Args:
        recipes: the folder of the demo's recipes, ``configs/demo``.
        folders: where data, models and results go.
        shapes, more: as for ``prepare``.
        cfg_options: changes of all trainings.
        say: shows one line to the person who waits.
    """
    result = VLMDemoResult(folders.work_dir)
    recipes, options = Path(recipes), dict(cfg_options or {})
    with _step(result, say, 'draw the pictures, write the random models'):
        prepare(folders, shapes, more)
    for family, name in _NAMES.items():
        config = recipe_in(recipes / f'{family}_tiny_shapes.py', folders, options)
        folder = folders.work_dir / family
        with _step(result, say, f'train {name} from random weights'):
            best = kept_training(config, folder, say)
        with _step(result, say, f'evaluate {name}'):
            result.scores[f'{name} tiny'] = evaluate_shapes(config, best, folder, 'answers.png')
        with _step(result, say, f'LoRA on the frozen {name}: 4 new phrases'):
            save_taught(config, best, folders.taught(family))
            places = {'taught_root': str(folders.taught(family)), **options}
            config = recipe_in(recipes / f'{family}_tiny_lora_shapes.py', folders, places)
            folder = folders.work_dir / f'{family}_lora'
            best = kept_training(config, folder, say)
            scores = evaluate_shapes(config, best, folder, 'answers.png')
            result.scores[f'{name} tiny + LoRA'] = scores
    with _step(result, say, 'the YOLO of `make demo` beside it'):
        _add_yolo(result, recipes, folders)
    _write(result)
    return result


def quick_options() -> dict[str, Any]:
    """Two epochs, answers cut short: everything runs, nothing is learnt."""
    return {
        'train_cfg.max_epochs': 2,
        'train_cfg.val_interval': 2,
        'model.decode.max_new_tokens': 48,
        'train_dataloader.batch_size': 4,
        'train_dataloader.sampler.batch_size': 4,
    }


@contextmanager
def _step(result: VLMDemoResult, say: Callable[[str], None], name: str) -> Iterator[None]:
    say(f'[{len(result.seconds) + 1}/{_STEPS}] {name}')
    start = time.perf_counter()
    yield
    result.seconds[name] = time.perf_counter() - start


def recipe_in(path: Path, folders: DemoFolders, options: Mapping[str, Any]) -> Config:
    """A recipe of the demo with ``folders`` and ``options``, and a progress bar for the log."""
    known = launch.load_config(path)
    places = {key: value for key, value in folders.options().items() if key in known}
    config = launch.load_config(path, {'log_level': 'WARNING', **places, **options})
    config.custom_hooks = [*config.custom_hooks, {'type': 'ProgressBarHook'}]
    return config


def _add_yolo(result: VLMDemoResult, recipes: Path, folders: DemoFolders) -> None:
    """The same pictures and metrics for the YOLO, if it was trained."""
    best = folders.yolo / 'best.pth'
    if not best.is_file():
        result.notes.append(f'YOLO-World is not in the table: {best} is not there (`make demo`).')
        return
    options = {'log_level': 'WARNING', 'shapes_root': str(folders.shapes)}
    try:
        config = launch.load_config(recipes / 'yolo_world_n_shapes.py', options)
        for name in ('val_evaluator', 'test_evaluator'):
            coco = config[name]
            config[name] = [coco, dict(type='BoxIoUMetric', ann_file=coco.ann_file)]
        scores = evaluate_shapes(config, best, folders.work_dir / 'yolo')
    except UserInputError as error:
        result.notes.append(f'YOLO-World is not in the table: {error}')
        return
    result.scores = {'YOLO-World nano': scores, **result.scores}


def _write(result: VLMDemoResult) -> None:
    content = {
        'scores': {name: scores.as_dict() for name, scores in result.scores.items()},
        'seconds': result.seconds,
        'notes': result.notes,
    }
    write_json(result.folder / 'report.json', content, indent=2)
    write_text(
        result.folder / 'report.md', report_page(result.scores, result.seconds, result.notes)
    )
