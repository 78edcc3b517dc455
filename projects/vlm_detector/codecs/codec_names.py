"""The codecs by name."""

from __future__ import annotations

from typing import Any

from mmengine.registry import TASK_UTILS

from vl_runtime.errors import InputKeyError, did_you_mean
from vlm_detector.codecs.box_codec import BoxCodec
from vlm_detector.codecs.florence2 import Florence2Codec
from vlm_detector.codecs.norm_json import NormJsonCodec
from vlm_detector.codecs.paligemma import PaliGemmaCodec
from vlm_detector.codecs.qwen2 import Qwen2Codec
from vlm_detector.codecs.qwen2_5 import Qwen2_5Codec
from vlm_detector.codecs.qwen3 import Qwen3Codec

CODECS: dict[str, type[BoxCodec]] = {
    codec.name: codec
    for codec in (
        Qwen2Codec,
        Qwen2_5Codec,
        Qwen3Codec,
        Florence2Codec,
        PaliGemmaCodec,
        NormJsonCodec,
    )
}


def codec_of(codec: str | dict[str, Any] | BoxCodec) -> BoxCodec:
    """A codec from its name, a registry dict or itself.

    Raises:
        InputKeyError: there is no codec of that name.
    """
    if isinstance(codec, BoxCodec):
        return codec
    if isinstance(codec, dict):
        return TASK_UTILS.build(codec)
    if codec not in CODECS:
        raise InputKeyError(
            f'no box codec {codec!r}; known: {", ".join(CODECS)}.{did_you_mean(codec, CODECS)}'
        )
    return CODECS[codec]()
