"""A recipe's test with a file in between: predict into it, and score what is in it.

Generation takes hours and a GPU, scoring seconds. The file can be continued after a stop, scored
with other metrics, and made by another engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmengine.registry import DATASETS, DefaultScope

from vl_runtime import compat, launch
from vl_runtime.atomic_files import write_json
from vl_runtime.errors import InputValueError
from vl_runtime.registry_errors import registry_errors
from vlm_detector.decoding.predict_to_file import evaluate_file, predict_to_file
from vlm_detector.decoding.predictions_file import read_predictions
from vlm_detector.models.detectors.text_box_detector import TextBoxDetector

_PLACES = ('url', 'timeout_s', 'retries', 'api_key_env', 'concurrency')  # change no answer


def predict_recipe(
    config: str | Path | Config,
    checkpoint: str | Path | None,
    path: str | Path,
    **options: Any,
) -> int:
    """Predict a recipe's test data into a predictions file; a stopped run is continued.

    Args:
        config, checkpoint: see ``launch.test``.
        path: of the predictions file, ``.jsonl``.
        options: of ``launch.opened_for_test``.

    Returns:
        how many pictures were predicted now.

    Raises:
        InputValueError: the model doesn't answer in words, or the file belongs to other settings.
    """
    with launch.opened_for_test(config, checkpoint, **options) as runner:
        model, loader = runner.model, runner.test_loop.dataloader
        if not isinstance(model, TextBoxDetector):
            raise InputValueError(
                f'{path}: a predictions file keeps the answers of a model that writes boxes as '
                f'text, found {type(model).__name__}; --out NAME.pkl keeps its boxes.'
            )
        return predict_to_file(
            model,
            loader.dataset,
            path,
            header=_header(model, runner.cfg, checkpoint, loader.dataset.metainfo['classes']),
            batch_size=loader.batch_size,
            num_workers=loader.num_workers,
        )


def evaluate_predictions(
    config: str | Path | Config,
    path: str | Path,
    *,
    work_dir: str | Path | None = None,
    cfg_options: dict[str, Any] | Sequence[str] | None = None,
) -> tuple[dict[str, float], Path]:
    """Score a predictions file with a recipe's test data and metrics; no model is needed.

    Args:
        config: the recipe.
        path: of ``predict_recipe``.
        work_dir: by default ``work_dirs/<recipe name>``.
        cfg_options: changes to the recipe.

    Returns:
        Metric names and values, and the JSON file below ``work_dir`` that holds them too.

    Raises:
        InputFileNotFoundError, InputValueError: the file is not complete or broken, or was made
            for other classes or pictures.
    """
    recipe = config if isinstance(config, Config) else launch.load_config(config, cfg_options)
    compat.install()
    with registry_errors(recipe), DefaultScope.overwrite_default_scope(recipe.default_scope):
        dataset = DATASETS.build(recipe.test_dataloader.dataset)
        metrics = recipe.test_evaluator
        evaluator = Evaluator(metrics if isinstance(metrics, list | tuple) else [metrics])
    evaluator.dataset_meta = dataset.metainfo
    header, records = read_predictions(path)
    _check_header(header, dataset.metainfo['classes'], path)
    wanted = {dataset.get_data_info(index)['img_id'] for index in range(len(dataset))}
    _check_pictures({record['img_id'] for record in records}, wanted, path)
    scores = evaluate_file(path, evaluator)
    folder = Path(work_dir) if work_dir else launch.default_work_dir(recipe.filename or 'run')
    report = folder / f'{Path(path).stem}_metrics.json'
    write_json(report, {'file': str(path), 'header': header, 'metrics': scores}, indent=1)
    return scores, report


def _header(
    model: TextBoxDetector, config: Config, checkpoint: str | Path | None, classes: Sequence[str]
) -> dict[str, Any]:
    """What decides the answers; a file that was begun with other values isn't continued."""
    engine = {key: value for key, value in config.model.decode.items() if key not in _PLACES}
    return {
        'model': model.encoder.source.name,
        'checkpoint': None if checkpoint is None else str(checkpoint),
        'family': model.family.name,
        'codec': model.codec.name,
        'prompts': model.prompts.record(),
        'pixels': model.encoder.pixel_settings(),
        'score': model.score,
        'engine': engine,
        'classes': list(classes),
    }


def _check_header(header: dict[str, Any], classes: Sequence[str], path: str | Path) -> None:
    if header.get('classes') != list(classes):
        raise InputValueError(
            f'{path}: made for the {len(header.get("classes") or ())} classes '
            f'{str(header.get("classes"))[:80]}, the recipe has the {len(classes)} classes '
            f'{str(list(classes))[:80]}; score it with the recipe that it was made with.'
        )


def _check_pictures(found: set, wanted: set, path: str | Path) -> None:
    if found == wanted:
        return
    missing, further = sorted(wanted - found, key=str), sorted(found - wanted, key=str)
    raise InputValueError(
        f'{path}: expected the {len(wanted)} pictures of the test data, found {len(found)}: '
        f'{len(missing)} missing (first: {missing[:1]}), {len(further)} others (first: '
        f'{further[:1]}); predict with this recipe.'
    )
