"""What every detector has in common that reads its boxes from a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.model import BaseModel
from mmengine.registry import MODELS
from torch import nn

from vl_runtime.asked_task import AskedTask
from vl_runtime.errors import InputKeyError, InputValueError
from vlm_detector.datasets.prompt_library import PromptLibrary
from vlm_detector.decoding.detect_boxes import detect_boxes
from vlm_detector.decoding.scores import check_score_method
from vlm_detector.families.conversation_encoder import ConversationEncoder
from vlm_detector.families.family_codec import codec_for
from vlm_detector.models.detectors.offered_tasks import offered_tasks
from vlm_detector.models.detectors.report_settings import (
    Line,
    adapter_lines,
    decoding_lines,
    prompt_lines,
)
from vlm_detector.tasks import Task, task_of
from vlm_detector.tasks.dense_region_caption import REGION
from vlm_detector.tasks.main_subject import MAIN_SUBJECT


class TextBoxDetector(BaseModel):
    """Asks for texts in a picture and reads boxes from the answers.

    Args:
        encoder: turns pictures and prompts into the model's input.
        codec: registry dict of a box codec; the family's by default.
        prompts: arguments of ``PromptLibrary``; those of the training pipeline.
        decode: registry dict of the engine that answers.
        score: how a box gets its score, see ``box_scores``.
        test_cfg: ``max_per_img``, boxes that an answer may have; ``classes_per_prompt``,
            longer class lists are asked for in parts; ``task``, of samples that have none
            ('detection' by default).
        data_preprocessor: registry dict.
    """

    vlm: nn.Module | None  # what the engine runs; None where a server answers

    def __init__(
        self,
        encoder: ConversationEncoder,
        *,
        codec: dict | None,
        prompts: Mapping[str, Any] | None,
        decode: dict | None,
        score: str,
        test_cfg: Mapping[str, Any] | None,
        data_preprocessor: dict,
    ) -> None:
        super().__init__(data_preprocessor)
        self.encoder = encoder
        self.family = encoder.family
        self.codec = codec_for(encoder, codec)
        self.prompts = PromptLibrary(**(prompts or {}), family=encoder.family.name)
        check_score_method(score)
        self.score = score
        self._prediction = _prediction_options(test_cfg)
        self.task = task_of((test_cfg or {}).get('task') or 'detection', 'model.test_cfg.task').name
        self.texts: tuple[str, ...] | None = None
        self.engine = None if decode is None else MODELS.build(decode)

    def init_weights(self) -> None:
        """Nothing: the weights are the pretrained model's, and adapters begin with theirs.

        transformers would tie the output layer again, and fails where it has an adapter.
        """

    def set_vocabulary(self, texts: Sequence[str] | None, background: bool = False) -> None:
        """Fix the texts for pictures that bring none of their own; None clears them.

        Args:
            texts: one string per class.
            background: of detectors that need a text for what belongs to none; has no effect.

        Raises:
            InputValueError: no text, or one that is blank or no string.
        """
        if texts is None:
            self.texts = None
            return
        if isinstance(texts, str) or not len(texts):
            raise InputValueError(
                f'expected a list of texts such as ["dog", "cat"], found {texts!r}.'
            )
        for index, text in enumerate(texts):
            if not isinstance(text, str) or not text.strip():
                raise InputValueError(f'text {index}: expected words, found {text!r}.')
        self.texts = tuple(texts)

    def predict(self, inputs: Sequence[Mapping[str, Any]], data_samples: list) -> list:
        """Generate, parse and score; see ``detect_boxes`` for what the samples get.

        Each sample is asked its ``task``. The texts are those of the sample, else the fixed
        vocabulary.

        Raises:
            InputKeyError: an unknown task.
            InputValueError: no texts, or no engine was configured.
        """
        if self.engine is None:
            raise InputValueError(
                "model.decode: expected an engine such as dict(type='BatchedGreedyEngine'), found "
                'none; prediction needs one.'
            )
        tasks = [task_of(sample.metainfo.get('task') or self.task) for sample in data_samples]
        results = detect_boxes(
            self.engine,
            self.vlm,
            self.encoder,
            self.codec,
            images=[item['image'] for item in inputs],
            samples=data_samples,
            tasks=tasks,
            class_names=[
                self._texts_of(sample, task)
                for sample, task in zip(data_samples, tasks, strict=True)
            ],
            prompt_of=lambda index, names: self._prompt(tasks[index].name, names),
            score=self.score,
            **self._prediction,
        )
        for sample in results:
            sample.score_method = self.score
        return results

    def asked_tasks(self, first: Sequence[str] = ()) -> tuple[AskedTask, ...]:
        """What this model can be asked, see ``offered_tasks``."""
        return offered_tasks(self, first)

    def report_settings(self, recipe: Mapping[str, Any], tasks: Sequence[str]) -> list[Line]:
        """What a report says about this model: (name, value, read from, note).

        Args:
            recipe: of the training; {} if it is not known.
            tasks: that were asked.
        """
        source = self.encoder.source
        name = source.name + (f' ({source.revision})' if source.revision else '')
        return [
            ('family', self.family.name, 'model', ''),
            ('base model', name, 'recipe', ''),
            *adapter_lines(self, recipe),
            *prompt_lines(self, recipe, tasks),
            *decoding_lines(self),
        ]

    def _texts_of(self, sample: Any, task: Task) -> tuple[str, ...]:
        texts = sample.metainfo.get('texts') or self.texts
        if task.name == 'main_subject':
            return (MAIN_SUBJECT,)  # whatever the vocabulary is
        if not texts and not task.needs_texts:
            return (REGION,)
        if not texts:
            raise InputValueError(
                f'{sample.metainfo.get("img_path")}: no texts to look for: the sample carries none '
                '(LoadText before PackConversation) and no vocabulary is set (set_vocabulary).'
            )
        for index, text in enumerate(texts):
            if not isinstance(text, str):
                raise InputValueError(
                    f'{sample.metainfo.get("img_path")}: text {index}: expected a string, found '
                    f'{text!r}; LoadText picks one of several synonyms.'
                )
        return tuple(texts)

    def _prompt(self, task: str, names: Sequence[str]) -> str:
        return self.prompts.for_task(task).render(
            classes=names, phrase=names[0] if names else '', format_hint=self.codec.format_hint()
        )


def _prediction_options(test_cfg: Mapping[str, Any] | None) -> dict[str, Any]:
    options = {key: value for key, value in (test_cfg or {}).items() if key != 'task'}
    found = {
        'max_boxes': options.pop('max_per_img', None),
        'classes_per_prompt': options.pop('classes_per_prompt', None),
    }
    if options:
        raise InputKeyError(
            'model.test_cfg: expected max_per_img, classes_per_prompt and task, found '
            f'{sorted(options)[0]!r}.'
        )
    return found
