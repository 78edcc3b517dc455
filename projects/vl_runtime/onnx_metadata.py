"""What an exported ONNX file says about itself, so that it can be used without its recipe."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from vl_runtime.errors import InputValueError
from vl_runtime.version import __version__

MODES = ('detections', 'without-nms', 'without-bbox-decoder', 'model-only')


@dataclass(frozen=True)
class OnnxMetadata:
    """The entries of ``metadata_props``; each is JSON under its name.

    Attributes:
        texts: the vocabulary, in the order of the labels; empty if texts are an input.
        image_size: (height, width) of the input.
        mode: what the graph puts out, one of ``MODES``.
        opset: of the graph.
        precision: ``fp32``, ``fp16`` or ``int8``.
        preprocess_in_graph: the input is (B, H, W, 3) uint8 BGR; otherwise (B, 3, H, W)
            float32, normalised.
        bgr_to_rgb, mean, std: the normalisation.
        text_width: width of the input ``text_embeds``; None if the vocabulary is fixed.
        text_encoder: config of the frozen encoder that the texts were trained with, or None.
        strides: of the levels.
        thresholds: ``score_threshold``, ``iou_threshold``, ``pre_top_k``, ``keep_top_k`` and
            ``multi_label`` of suppression, in the graph or behind it.
        pipeline: test pipeline from a BGR array to the input's size (steps as in a recipe).
        pipeline_scope: mmengine's default scope for the names of the steps.
        mmground_version: the version that wrote the file.
    """

    texts: tuple[str, ...]
    image_size: tuple[int, int]
    mode: str
    opset: int
    precision: str = 'fp32'
    preprocess_in_graph: bool = False
    bgr_to_rgb: bool = True
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (255.0, 255.0, 255.0)
    text_width: int | None = None
    text_encoder: dict | None = None
    strides: tuple[int, ...] = (8, 16, 32)
    thresholds: dict = field(default_factory=dict)
    pipeline: tuple[dict, ...] = ()
    pipeline_scope: str = 'mmdet'
    mmground_version: str = __version__

    @property
    def preprocessing(self) -> str:
        """What has to be done with a picture, in words."""
        height, width = self.image_size
        letterbox = f'keep the ratio, resize and pad with 114 to {width} x {height} (letterbox)'
        if self.preprocess_in_graph:
            return f'{letterbox}; BGR, uint8, (batch, height, width, 3)'
        colour = 'RGB' if self.bgr_to_rgb else 'BGR'
        plain = not any(self.mean) and set(self.std) == {255.0}
        scale = 'divide by 255' if plain else f'subtract {list(self.mean)}, divide by {self.std}'
        return f'{letterbox}; {colour}, {scale}, float32, (batch, 3, height, width)'

    def to_props(self) -> dict[str, str]:
        """The entries as strings."""
        props = {item.name: json.dumps(getattr(self, item.name)) for item in fields(self)}
        return {**props, 'preprocessing': self.preprocessing}

    @classmethod
    def from_props(cls, props: Mapping[str, str], source: str) -> OnnxMetadata:
        """Read the entries back.

        Args:
            props: ``metadata_props`` of a file.
            source: its name, for messages.

        Raises:
            InputValueError: the file was not written by ``tools/export_onnx.py``.
        """
        names = [item.name for item in fields(cls)]
        missing = [name for name in names if name not in props]
        if missing:
            raise InputValueError(
                f'{source}: expected an ONNX file of tools/export_onnx.py, whose metadata tell '
                f'texts and pre-processing; found none for {missing[0]!r}.'
            )
        return cls(**{name: _frozen(json.loads(props[name])) for name in names})


def _frozen(value: Any) -> Any:
    """Lists as tuples, which the steps of pipelines expect."""
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
