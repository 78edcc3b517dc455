"""A whole conversion: read the file, map its keys, hold them against a model, write."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config, ConfigDict
from mmengine.registry import MODELS, DefaultScope

from vl_runtime import compat
from vl_runtime.atomic_files import atomic_path
from vl_runtime.checkpoints import LoadReport, check_match, compare, load_checkpoint_file
from vl_runtime.compat.checkpoint_loader import require_file
from vl_runtime.compat.inert_objects import load_inert
from vl_runtime.compat.safe_load import trusted_checkpoints
from vl_runtime.errors import InputValueError
from vl_runtime.registry_errors import registry_errors
from yolo_world.checkpoint_conversion.converted_weights import ConvertedWeights
from yolo_world.checkpoint_conversion.model_config import (
    hidden_class_width,
    model_config,
)
from yolo_world.checkpoint_conversion.official_yolo_world import convert_official
from yolo_world.checkpoint_conversion.output_comparison import (
    OutputDifference,
    compare_outputs,
)
from yolo_world.checkpoint_conversion.ultralytics_file import (
    WORLD_V2,
    YOLOV8,
    UltralyticsFile,
    is_ultralytics,
    read_ultralytics,
)
from yolo_world.checkpoint_conversion.ultralytics_yolo_world import convert_world_v2
from yolo_world.checkpoint_conversion.ultralytics_yolov8 import (
    convert_yolov8,
    convert_yolov8_to_world,
)

TARGETS = ('yolo_world', 'yolov8')
_RECIPE_CLASSES = 80  # head_module.num_classes of every recipe, whatever its vocabulary


@dataclass(frozen=True)
class Conversion:
    """What ``convert_checkpoint`` did.

    Attributes:
        weights: the converted weights with their notes.
        report: matched, missing, unexpected keys against the model; None when the file told
            nothing to build one from.
        difference: to the source network's outputs, when that was asked for.
    """

    weights: ConvertedWeights
    report: LoadReport | None
    difference: OutputDifference | None

    def lines(self) -> list[str]:
        """What happened, for people."""
        lines = [f'source: {self.weights.source_kind}', *self.weights.lines()]
        if self.report is not None:
            lines += [*_report_lines(self.report), *self._class_branch_lines()]
        if self.difference is not None:
            lines.append(self.difference.line())
        return lines

    def _class_branch_lines(self) -> list[str]:
        keys = [key for key in self.report.mismatched if '.head_module.cls_preds.' in key]
        if self.weights.source_kind != YOLOV8 or not keys:
            return []
        width = hidden_class_width(self.weights.state_dict)
        return [
            f'not used: the hidden class convolutions, {len(keys)} keys, which training starts '
            f'anew; a recipe with model.bbox_head.head_module.num_classes={width} takes them'
        ]


def convert_checkpoint(
    source: str | Path,
    out: str | Path,
    *,
    config: Config | None = None,
    target: str = 'yolo_world',
    compare_with_source: bool = False,
    trust: bool = False,
) -> Conversion:
    """Write the weights of ``source`` under our names to ``out``.

    Args:
        source: a published YOLO-World file, or an Ultralytics YOLOv8 or YOLO-World v2 file.
        out: the new checkpoint; not written when the comparison fails.
        config: a recipe whose model the weights are held against; by default a model of
            the scale that the shapes tell (Ultralytics files only).
        target: ``'yolo_world'``, or ``'yolov8'`` for mmyolo's YOLOv8.
        compare_with_source: run both networks; needs ``ultralytics``.
        trust: open a file of one's own with all its objects.

    Raises:
        InputFileNotFoundError: there is no ``source``.
        InputValueError: the file is of another model, fits nothing of ``config``, has more
            classes than mmyolo's YOLOv8 can take over, or the outputs differ.
    """
    compat.install()
    if target not in TARGETS:
        raise InputValueError(f'target: expected one of {", ".join(TARGETS)}, found {target!r}.')
    source = Path(source)
    require_file(source)
    with trusted_checkpoints(trust):
        content = load_inert(source)
        is_foreign = is_ultralytics(content)
        if not is_foreign:
            content = load_checkpoint_file(source)
    file = read_ultralytics(content, source) if is_foreign else None
    weights = _converted(content, file, source, target)
    report = _compared(weights, file, source, config, target)
    difference = None
    if compare_with_source:
        difference = _difference(file, weights, source, target)
    meta = {
        'converted_from': source.name,
        'source_kind': weights.source_kind,
        'dataset_meta': {'classes': weights.classes},
    }
    with atomic_path(out) as temporary:
        torch.save({'meta': meta, 'state_dict': weights.state_dict}, temporary)
    return Conversion(weights, report, difference)


def _converted(
    content: Any, file: UltralyticsFile | None, source: Path, target: str
) -> ConvertedWeights:
    kind = 'an mmengine checkpoint' if file is None else file.kind
    if target == 'yolov8' and (file is None or file.kind == WORLD_V2):
        raise InputValueError(f'{source}: the target yolov8 is for YOLOv8 files, found {kind}.')
    if file is None:
        return convert_official(content, str(source))
    if file.kind == WORLD_V2:
        return convert_world_v2(file)
    return convert_yolov8(file) if target == 'yolov8' else convert_yolov8_to_world(file)


def _compared(
    weights: ConvertedWeights,
    file: UltralyticsFile | None,
    source: Path,
    config: Config | None,
    target: str,
) -> LoadReport | None:
    """Hold the keys against the recipe's model, built without memory for its weights."""
    if config is None and file is None:
        return None
    if config is None:
        model = MODELS.build(ConfigDict(_model_config(weights, file, target)))
    else:
        scope = config.get('default_scope') or 'mmdet'
        with registry_errors(config), DefaultScope.overwrite_default_scope(scope):
            model = MODELS.build(config.model)
    # A start from another architecture may differ in the class branch; the report names it.
    is_start = file is not None and file.kind == YOLOV8
    report = compare(model, weights.state_dict)
    if target == 'yolov8' and config is None and report.mismatched:
        raise InputValueError(
            f'{source}: nothing was written: the class branch of {file.structure.get("nc")} '
            f'classes does not fit, since Ultralytics stops widening it at 100 channels and '
            f'mmyolo does not ({report.mismatched[0]}); without --to yolov8 the backbone, neck '
            'and box branch start YOLO-World.'
        )
    check_match(
        model,
        weights.state_dict,
        report,
        str(source),
        same_shapes=config is not None and not is_start,
    )
    return report


def _model_config(weights: ConvertedWeights, file: UltralyticsFile, target: str) -> dict[str, Any]:
    """The model that the weights are for; a start is held against the head of the recipes."""
    if target == 'yolov8':
        num_classes = int(file.structure.get('nc', _RECIPE_CLASSES))
    elif file.kind == YOLOV8:
        num_classes = _RECIPE_CLASSES
    else:
        num_classes = hidden_class_width(weights.state_dict)
    return model_config(weights.state_dict, world=target == 'yolo_world', num_classes=num_classes)


def _difference(
    file: UltralyticsFile | None, weights: ConvertedWeights, source: Path, target: str
) -> OutputDifference:
    if file is None:
        raise InputValueError(
            f'{source}: a published YOLO-World file keeps its keys and shapes, and its source '
            'package is not installed; leave --compare out.'
        )
    difference = compare_outputs(file, weights.state_dict, world=target == 'yolo_world')
    if not difference.equal:
        raise InputValueError(f'{source}: nothing was written: {difference.line()}.')
    return difference


def _report_lines(report: LoadReport) -> list[str]:
    texts = [key for key in report.missing if key.startswith('backbone.text_model.')]
    missing = [key for key in report.missing if key not in set(texts)]
    lines = [f'matched: {len(report.matched)} keys']
    for label, keys in (
        ('missing (stay as the recipe starts them)', missing),
        ('missing: the text encoder, which the recipe loads by itself', texts),
        ('unexpected (not loaded)', report.unexpected),
        ('of another shape (not loaded)', report.mismatched),
    ):
        first = f' (first: {keys[0]})' if keys else ''
        if keys or 'text encoder' not in label:
            lines.append(f'{label}: {len(keys)} keys{first}')
    return lines
