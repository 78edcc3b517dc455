"""A detector whose model runs elsewhere: a server answers, this process asks and reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmengine.registry import MODELS

from vl_runtime.errors import InputValueError
from vlm_detector.families.cached_encoder import cached_encoder
from vlm_detector.families.known_families import family_of
from vlm_detector.families.model_source import locate_source
from vlm_detector.models.detectors.model_settings import check_model_settings
from vlm_detector.models.detectors.text_box_detector import TextBoxDetector


@MODELS.register_module()
class ServedVLMDetector(TextBoxDetector):
    """``VLMDetector``'s answers from a running server, without its weights in this process.

    It has no parameters and needs no checkpoint: the server holds the merged model.

    Args:
        model: ``source`` (for tokenizer and image processor), ``revision``, ``min_pixels``,
            ``max_pixels``.
        family, codec, prompts, score, test_cfg: as of ``VLMDetector``.
        decode: registry dict of the engine, ``dict(type='OpenAIEngine', url=..., model=...)``.

    Raises:
        InputKeyError, InputValueError, InputFileNotFoundError: as ``VLMDetector``; and
            InputValueError for another mode than ``predict``.
    """

    def __init__(
        self,
        model: Mapping[str, Any],
        family: str,
        *,
        decode: dict,
        codec: dict | None = None,
        prompts: Mapping[str, Any] | None = None,
        score: str = 'label_coordinates',
        test_cfg: Mapping[str, Any] | None = None,
    ) -> None:
        check_model_settings(model)
        source = locate_source(model['source'], model.get('revision'))
        super().__init__(
            cached_encoder(
                family_of(family).name, source, model.get('min_pixels'), model.get('max_pixels')
            ),
            codec=codec,
            prompts=prompts,
            decode=decode,
            score=score,
            test_cfg=test_cfg,
            data_preprocessor={'type': 'VLMDataPreprocessor'},
        )
        self.vlm = None

    def forward(self, inputs: Any, data_samples: list | None = None, mode: str = 'tensor') -> Any:
        """Mode ``predict``: see ``TextBoxDetector.predict``.

        Raises:
            InputValueError: another mode; the weights are not here.
        """
        if mode != 'predict':
            raise InputValueError(
                f"mode: a served model can only 'predict', found {mode!r}; train it with "
                'model.type=VLMDetector.'
            )
        return self.predict(inputs, data_samples)
