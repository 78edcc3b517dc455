"""The demo: draw, train, evaluate, look, report. Every step is the toolkit's ordinary one."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import cv2
from mmengine.config import Config

from vl_runtime import launch
from vl_runtime.atomic_files import write_json, write_text
from vl_runtime.demo.shapes_data import (
    PHRASES,
    TAUGHT_PHRASES,
    UNTAUGHT_PHRASES,
    ShapesSpec,
    make_shapes_dataset,
)
from vl_runtime.image_files import write_image
from vl_runtime.inference import Predictor
from vl_runtime.reports.tables import markdown_table
from vl_runtime.visualization import draw_detections, image_grid

_PICTURES = 16
_OWN_IMAGES = """\
The same with your own images (Pascal VOC here; YOLO labels: yolo_to_coco.py):

  {python} tools/prepare_data/voc_to_coco.py YOUR_FOLDER --out data/mine --split train=0.8,val=0.2
  {python} tools/train.py configs/finetune/yolo_world_n_finetune_own.py
  {python} tools/predict.py configs/finetune/yolo_world_n_finetune_own.py \\
      work_dirs/yolo_world_n_finetune_own/best.pth YOUR_IMAGES --texts "a phrase" "another"
"""


@dataclass
class DemoResult:
    """What the demo found.

    Attributes:
        scores: COCO AP (0..1) by name: ``taught``, ``untaught``, ``all`` and each phrase.
        seconds: by step.
        iterations: of training.
        folder: where report and pictures lie.
    """

    folder: Path
    scores: dict[str, float] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    iterations: int = 0


def run_demo(
    recipe: str | Path,
    *,
    data_root: str | Path = 'data/shapes',
    work_dir: str | Path = 'work_dirs/demo',
    cfg_options: dict | None = None,
    say: Callable[[str], None],
) -> DemoResult:
    """Draw the shapes, train on 12 phrases, evaluate on 16, write pictures and ``report.md``.

    Args:
        recipe: the training recipe, for example ``configs/demo/yolo_world_n_shapes.py``.
        data_root: where the data set is drawn, or kept when it is there.
        work_dir: where checkpoints, logs, pictures and the report go.
        cfg_options: overrides of the recipe, as ``--cfg-options`` gives them.
        say: shows one line to the person who waits.
    """
    result = DemoResult(Path(work_dir))
    options = {'log_level': 'WARNING', 'shapes_root': str(data_root), **(cfg_options or {})}
    config = launch.load_config(recipe, options)
    config.custom_hooks = [*config.custom_hooks, {'type': 'ProgressBarHook'}]

    with _step(result, say, 'draw the data set'):
        make_shapes_dataset(data_root, ShapesSpec())
    say(f'taught: {", ".join(TAUGHT_PHRASES)}')
    say(f'never taught, not even as a text: {", ".join(UNTAUGHT_PHRASES)}')
    with _step(result, say, 'train'):
        runner = launch.train(config, work_dir=result.folder, amp=True)
        result.iterations = runner.iter
    best = result.folder / 'best.pth'
    with _step(result, say, 'evaluate'):
        metrics = launch.test(config, best, work_dir=result.folder)
        result.scores = _scores(metrics)
    with _step(result, say, 'draw pictures'):
        _draw_untaught(config, best, Path(data_root), result.folder / 'untaught.png')
    _write_report(result)
    return result


@contextmanager
def _step(result: DemoResult, say: Callable[[str], None], name: str) -> Iterator[None]:
    say(f'[{len(result.seconds) + 1}/4] {name}')
    start = time.perf_counter()
    yield
    result.seconds[name] = time.perf_counter() - start


def _scores(metrics: dict[str, float]) -> dict[str, float]:
    """AP over all, of the two groups, and of every phrase that was never taught."""
    taught = [metrics[f'coco/AP/{phrase}'] for phrase in TAUGHT_PHRASES]
    return {
        'all 16 phrases': metrics['coco/bbox_mAP'],
        '12 taught phrases': sum(taught) / len(taught),
        '4 phrases never taught': metrics['coco/mAP/untaught'],
        **{phrase: metrics[f'coco/AP/{phrase}'] for phrase in UNTAUGHT_PHRASES},
    }


def _draw_untaught(config: Config, checkpoint: Path, data_root: Path, picture: Path) -> None:
    """A grid of test images that hold an untaught phrase; only those phrases are drawn."""
    annotation = json.loads((data_root / 'annotations/instances_test.json').read_text())
    untaught = {c['id'] for c in annotation['categories'] if c['name'] in UNTAUGHT_PHRASES}
    wanted = {a['image_id'] for a in annotation['annotations'] if a['category_id'] in untaught}
    names = [image['file_name'] for image in annotation['images'] if image['id'] in wanted]
    paths = [data_root / name for name in names[:_PICTURES]]
    predictor = Predictor.from_checkpoint(config, checkpoint)
    drawn = []
    for path, prediction in zip(
        paths, predictor.predict(paths, texts=list(PHRASES), score_threshold=0.3)
    ):
        shown = prediction.with_texts(UNTAUGHT_PHRASES)
        image = cv2.resize(cv2.imread(str(path)), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        drawn.append(
            draw_detections(image, shown.boxes_xyxy * 2, shown.labels, shown.texts, shown.scores)
        )
    write_image(picture, image_grid(drawn, columns=4))


def result_table(result: DemoResult) -> str:
    """Scores and times of the demo as one table."""
    rows: list[tuple[str, object, str]] = [
        (f'AP, {name}' if ' phrases' in name else f'AP, {name!r} (never taught)', score, '')
        for name, score in result.scores.items()
    ]
    rows += [(f'time, {name}', '', f'{seconds:.0f} s') for name, seconds in result.seconds.items()]
    return markdown_table(['what', 'COCO AP', 'time'], rows)


def own_images_hint(python: str) -> str:
    """The three commands that do the same for the user's images."""
    return _OWN_IMAGES.format(python=python)


def _write_report(result: DemoResult) -> None:
    write_json(
        result.folder / 'report.json',
        {'scores': result.scores, 'seconds': result.seconds, 'iterations': result.iterations},
        indent=2,
    )
    lines = [
        '# The demo: phrases that were never taught',
        '',
        f'YOLO-World nano, {result.iterations} iterations on this machine. The training pictures '
        f'hold {len(TAUGHT_PHRASES)} phrases about coloured shapes. These four never occurred '
        f'there, neither as an object nor as a text: {", ".join(UNTAUGHT_PHRASES)}.',
        '',
        result_table(result),
        '',
        '## Detections of the phrases that were never taught (score above 0.3)',
        '',
        '![detections](untaught.png)',
        '',
        '## Training',
        '',
        '![losses](training_curve.png)',
        '',
        '## Next',
        '',
        '```',
        own_images_hint('python').rstrip(),
        '```',
        '',
    ]
    write_text(result.folder / 'report.md', '\n'.join(lines))
