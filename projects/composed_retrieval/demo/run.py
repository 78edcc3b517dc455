"""The demo: shapes, boxes of one's own detector, trainings that differ in one thing each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.config import Config
from tqdm import tqdm

from composed_retrieval.boxes.box_file import read_box_file, write_box_file
from composed_retrieval.boxes.box_generation import BoxGeneration
from composed_retrieval.boxes.box_methods import DetectorSource
from composed_retrieval.boxes.random_places import at_random_places
from composed_retrieval.datasets.configured_split import configured_split
from composed_retrieval.demo.composed_shapes import ComposedShapesSpec, make_composed_shapes
from composed_retrieval.demo.ranked_pictures import draw_rankings
from composed_retrieval.demo.report import report_page
from composed_retrieval.ranking import read_ranking_file
from vl_runtime import launch
from vl_runtime.atomic_files import write_json, write_text
from vl_runtime.demo.kept_training import kept_training
from vl_runtime.demo.run import run_demo

SPEC = ComposedShapesSpec(num_train=400, num_val=100, num_test=10)
QUICK_SPEC = ComposedShapesSpec(num_train=4, num_val=2, num_test=1)
_STAGE1 = 'composed_retriever_tiny_shapes.py'
# By the row of the table: the recipe below configs/retrieval.
VARIANTS = {
    'without text': 'composed_retriever_tiny_no_text_shapes.py',
    'with text': _STAGE1,
    'second stage: no region loss': 'composed_retriever_tiny_stage2_shapes.py',
    'second stage: region loss': 'composed_retriever_tiny_region_shapes.py',
    'second stage: region loss, random boxes': 'composed_retriever_tiny_random_boxes_shapes.py',
}
SHOWN = 'second stage: region loss'  # whose rankings are drawn
_DETECTOR_RECIPE = 'demo/yolo_world_n_shapes.py'
_DATA_PART = '_base_/datasets/composed_shapes.py'
_QUERIES_DRAWN = 8


@dataclass(frozen=True)
class DemoFolders:
    """Where everything lies; the defaults are those of the recipes.

    Attributes:
        work_dir: report, pictures, a folder for each training, token caches.
        data: the shapes and their boxes.
        detector: work folder of ``make demo``.
        detector_data: what that draws, when it has not run yet.
    """

    work_dir: Path = Path('work_dirs/demo_retrieval')
    data: Path = Path('data/composed_shapes')
    detector: Path = Path('work_dirs/demo')
    detector_data: Path = Path('data/shapes')

    def options(self) -> dict[str, Any]:
        """Values of the recipes."""
        return {
            'log_level': 'WARNING',
            'composed_shapes_root': f'{self.data}/',
            'retriever_shapes_detector_root': f'{self.detector}/',
            'retrieval_token_root': f'{self.work_dir}/tokens/',
            'retriever_shapes_stage1_root': f'{self.work_dir}/{Path(_STAGE1).stem}/',
        }


@dataclass
class RetrievalDemoResult:
    """What the demo found.

    Attributes:
        folder: where report and pictures lie.
        scores: metrics (0..1) by row of the table, ``chance`` first.
        seconds: by step.
        num_queries: that the scores are of.
    """

    folder: Path
    scores: dict[str, Mapping[str, float]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    num_queries: int = 0


def run_retrieval_demo(
    recipes: str | Path,
    folders: DemoFolders = DemoFolders(),
    *,
    spec: ComposedShapesSpec = SPEC,
    cfg_options: Mapping[str, Any] | None = None,
    say: Callable[[str], None],
) -> RetrievalDemoResult:
    """Prepare, train the variants, compare, report; what an earlier run has done is kept.

    Args:
        recipes: ``configs``.
        folders: where data, models and results go.
        spec: what is drawn.
        cfg_options: changes of all trainings.
        say: shows one line to the person who waits.
    """
    result, recipes = RetrievalDemoResult(folders.work_dir), Path(recipes)
    prepare(recipes, folders, spec, say=say, result=result)
    for name, recipe in VARIANTS.items():
        config = _recipe(recipes / 'retrieval' / recipe, folders, cfg_options or {})
        folder = folders.work_dir / Path(recipe).stem
        with _step(result, say, f'train: {name}'):
            kept_training(config, folder, say)
            # The last epoch: no choice by the pictures that the table is about.
            last = (folder / 'last_checkpoint').read_text(encoding='utf-8').strip()
            result.scores[name] = launch.test(config, last, work_dir=folder)
    val = configured_split(
        recipes / _DATA_PART,
        'val',
        cfg_options=[f'composed_shapes_root={folders.data}/'],
        check_images=False,
    )
    result.num_queries = len(val.queries)
    result.scores = {'chance': _chance(len(val.images)), **result.scores}
    shown = folders.work_dir / Path(VARIANTS[SHOWN]).stem / 'ranking_val.jsonl'
    answers = read_ranking_file(shown)[1]
    step = max(1, len(answers) // _QUERIES_DRAWN)
    draw_rankings(answers[::step][:_QUERIES_DRAWN], val, folders.work_dir / 'top5.png')
    _write(result)
    return result


def _recipe(path: Path, folders: DemoFolders, options: Mapping[str, Any]) -> Config:
    """A recipe with the folders that it knows, and a progress bar for the log."""
    known = launch.load_config(path)
    places = {key: value for key, value in folders.options().items() if key in known}
    config = launch.load_config(path, {**places, **options})
    config.custom_hooks = [*config.custom_hooks, {'type': 'ProgressBarHook'}]
    return config


def prepare(
    recipes: Path,
    folders: DemoFolders,
    spec: ComposedShapesSpec = SPEC,
    *,
    say: Callable[[str], None],
    result: RetrievalDemoResult | None = None,
) -> None:
    """The detector of ``make demo``, the shapes, and boxes of their training pictures."""
    result = result or RetrievalDemoResult(folders.work_dir)
    detector = recipes / _DETECTOR_RECIPE
    checkpoint = folders.detector / 'best.pth'
    if not checkpoint.is_file():
        say(f'{checkpoint} is not there: `make demo` comes first, which takes some minutes')
        run_demo(detector, data_root=folders.detector_data, work_dir=folders.detector, say=say)
    with _step(result, say, 'draw the shapes'):
        make_composed_shapes(folders.data, spec)
    with _step(result, say, 'boxes of the YOLO of `make demo`'):
        out = folders.data / 'boxes/train.json'
        if not out.is_file():
            generation = BoxGeneration(
                'detector',
                DetectorSource(str(detector), str(checkpoint)),
                batch_size=32,
                progress=lambda items, **kwargs: tqdm(
                    items, desc='boxes', unit='image', leave=False, disable=None, **kwargs
                ),
            )
            places = [f'composed_shapes_root={folders.data}/']
            list(generation.of_splits(str(recipes / _DATA_PART), ['train'], str(out), places))
        moved = at_random_places(read_box_file(out))
        write_box_file(folders.data / 'boxes/train_random.json', moved)


@contextmanager
def _step(result: RetrievalDemoResult, say: Callable[[str], None], name: str) -> Iterator[None]:
    say(f'[{len(result.seconds) + 1}/{2 + len(VARIANTS)}] {name}')
    start = time.perf_counter()
    yield
    result.seconds[name] = time.perf_counter() - start


def _chance(num_pictures: int) -> dict[str, float]:
    """What a random order scores on average: the reference is left out of both galleries."""
    values = {f'cirr/R@{k}': min(1.0, k / (num_pictures - 1)) for k in (1, 5, 10, 50)}
    values |= {f'cirr/Rsub@{k}': k / 5 for k in (1, 2, 3)}
    return {**values, 'cirr/mean7': sum(values.values()) / len(values)}


def _write(result: RetrievalDemoResult) -> None:
    content = {
        'scores': {name: dict(scores) for name, scores in result.scores.items()},
        'seconds': result.seconds,
        'num_queries': result.num_queries,
    }
    write_json(result.folder / 'report.json', content, indent=2)
    page = report_page(result.scores, result.seconds, result.num_queries)
    write_text(result.folder / 'report.md', page)
