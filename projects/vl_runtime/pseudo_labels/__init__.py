"""Pseudo labels: boxes of a detector for the phrases of captions, as training data."""

from vl_runtime.pseudo_labels.caption_file import CaptionedImage, read_captions
from vl_runtime.pseudo_labels.label import (
    LabelSettings,
    label_shard,
    merge_shards,
    parse_shard,
    shard_path,
)
from vl_runtime.pseudo_labels.noun_phrases import noun_phrases
from vl_runtime.pseudo_labels.shard_file import ShardFile, only_labeller

__all__ = [
    'CaptionedImage',
    'LabelSettings',
    'ShardFile',
    'label_shard',
    'merge_shards',
    'noun_phrases',
    'only_labeller',
    'parse_shard',
    'read_captions',
    'shard_path',
]
