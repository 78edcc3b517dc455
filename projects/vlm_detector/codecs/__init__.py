"""Boxes as answer text and back, one file per format."""

from vlm_detector.codecs.box_codec import BoxCodec
from vlm_detector.codecs.codec_names import CODECS, codec_of
from vlm_detector.codecs.encoded_answer import EncodedAnswer
from vlm_detector.codecs.florence2 import Florence2Codec
from vlm_detector.codecs.loc_polygons import (
    LocPolygons,
    ParsedPolygons,
    require_polygons,
    writes_polygons,
)
from vlm_detector.codecs.norm_json import NormJsonCodec
from vlm_detector.codecs.paligemma import PaliGemmaCodec
from vlm_detector.codecs.parsed_boxes import COUNTERS, STATUSES, BoxSpan, ParsedBoxes
from vlm_detector.codecs.qwen2 import Qwen2Codec
from vlm_detector.codecs.qwen2_5 import Qwen2_5Codec
from vlm_detector.codecs.qwen3 import Qwen3Codec
from vlm_detector.codecs.round_trip import (
    AnnotatedImage,
    RoundTrip,
    check_round_trip,
    upper_bound_boxes,
)
from vlm_detector.codecs.smart_resize import smart_resize

__all__ = [
    'CODECS',
    'COUNTERS',
    'STATUSES',
    'AnnotatedImage',
    'BoxCodec',
    'BoxSpan',
    'EncodedAnswer',
    'Florence2Codec',
    'LocPolygons',
    'NormJsonCodec',
    'PaliGemmaCodec',
    'ParsedBoxes',
    'ParsedPolygons',
    'Qwen2Codec',
    'Qwen2_5Codec',
    'Qwen3Codec',
    'RoundTrip',
    'check_round_trip',
    'codec_of',
    'require_polygons',
    'writes_polygons',
    'smart_resize',
    'upper_bound_boxes',
]
