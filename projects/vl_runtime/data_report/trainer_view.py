"""What the data loaders of a recipe make of its data: the number of images, or the refusal."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.config import Config
from mmengine.registry import DATASETS, DefaultScope

from vl_runtime import compat
from vl_runtime.data_report.annotation_set import AnnotationSet
from vl_runtime.data_report.finding import ERROR, Finding
from vl_runtime.errors import UserInputError
from vl_runtime.registry_errors import registry_errors


def trainer_view(
    config: Config, sets: Sequence[AnnotationSet]
) -> tuple[dict[str, int], list[Finding]]:
    """Build the data set of each part as training does.

    Returns:
        Images after filtering by part, and a finding for each part that is refused.
    """
    compat.install()
    counts: dict[str, int] = {}
    findings = []
    scope = config.get('default_scope') or 'mmdet'
    for part in dict.fromkeys(data.part for data in sets):
        first = next(data for data in sets if data.part == part)
        try:
            with registry_errors(config), DefaultScope.overwrite_default_scope(scope):
                counts[part] = len(DATASETS.build(config[f'{part}_dataloader']['dataset']))
        except (UserInputError, KeyError, ValueError, OSError, AssertionError) as error:
            message = f'refusal of the {part} data loader'
            offender = str(error).strip() or type(error).__name__
            findings.append(
                Finding.of(first, ERROR, 'loader', message=message, offenders=[offender])
            )
    return counts, findings
