"""Whose logo is it, and from which industry: answers in words."""

from __future__ import annotations

import json
import re
from typing import Any

from vlm_detector.tasks.annotated_objects import largest_object
from vlm_detector.tasks.task import Task, single_objects

_FIELD = re.compile(r'\s*["\']?(industry|company)["\']?\s*[:=]\s*(.*?)\s*', re.I)


class Industry(Task):
    """The industry alone: ``supercategory`` of the category of the largest object."""

    name = 'industry'
    answer = 'text'
    needs_texts = False
    general = False  # about logos

    def missing(self, annotation) -> str:
        """An object, and a supercategory for each category."""
        industries = annotation.get('supercategories') or ()
        if not industries or not all(industries):
            return 'a supercategory for every category'
        return '' if single_objects(annotation) else 'an object'

    def narrow(self, results) -> None:
        """Adds ``gt_answer``."""
        results['gt_answer'] = self.written(*_largest(results))

    def written(self, industry: str, company: str) -> str:
        """The answer."""
        return industry


class Classification(Industry):
    """Industry and company: supercategory and name of the category of the largest object."""

    name = 'classification'

    def written(self, industry: str, company: str) -> str:
        """The answer, two lines."""
        return f'Industry: {industry}\nCompany: {company}'


def read_classification(answer: str) -> dict[str, str]:
    """``industry`` and ``company`` of an answer, those that it names.

    Lines or parts between semicolons, ``name: value``; or a JSON object.
    """
    try:
        values: Any = json.loads(answer)
    except ValueError:
        values = None
    if isinstance(values, dict):
        named = {str(key).strip().lower(): value for key, value in values.items()}
        return {key: str(named[key]).strip() for key in ('industry', 'company') if named.get(key)}
    parts = (_FIELD.fullmatch(part) for part in re.split(r'[\n;]', answer))
    return {part[1].lower(): part[2] for part in parts if part and part[2]}


def _largest(results: dict) -> tuple[str, str]:
    """Industry and company."""
    label = int(results['gt_bboxes_labels'][largest_object(results)])
    industry, company = results['supercategories'][label], results['texts'][label]
    # Companies of one name in two industries have it behind the name.
    return industry, company.removesuffix(f' ({industry})')
