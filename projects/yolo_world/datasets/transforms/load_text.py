"""The whole vocabulary as prompts, for evaluation."""

from __future__ import annotations

from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS

from yolo_world.datasets.transforms.class_texts import (
    check_prompt_format,
    class_texts_of,
    load_class_texts,
)


@TRANSFORMS.register_module()
class LoadText(BaseTransform):
    """One prompt per class, made of its main name.

    Required keys: ``texts`` (synonym lists), unless ``text_path`` is given.
    Changed keys: ``texts``, a list of N strings; prompt i belongs to label i.

    Args:
        text_path: JSON list of synonym lists, for results without ``texts``.
        prompt_format: the prompt, with ``{}`` for the name.
        multi_prompt_flag: accepted for published configs; has no effect here.

    Raises:
        AssertionError: neither ``texts`` nor ``text_path``.
        InputValueError: ``prompt_format`` has no ``{}``, or the file is wrong.
    """

    def __init__(
        self,
        text_path: str | None = None,
        prompt_format: str = '{}',
        multi_prompt_flag: str = '/',
    ) -> None:
        check_prompt_format(prompt_format)
        self.prompt_format = prompt_format
        self.multi_prompt_flag = multi_prompt_flag
        self.class_texts = load_class_texts(text_path)

    def transform(self, results: dict) -> dict:
        """Replace the synonym lists by prompts."""
        texts = class_texts_of(results, self.class_texts)
        results['texts'] = [self.prompt_format.format(synonyms[0]) for synonyms in texts]
        return results
