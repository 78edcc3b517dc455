"""Steps of VLM pipelines."""

from vlm_detector.datasets.transforms.build_conversation import BuildConversation
from vlm_detector.datasets.transforms.choose_task import ChooseTask
from vlm_detector.datasets.transforms.keep_one_text import KeepOneText
from vlm_detector.datasets.transforms.pack_conversation import PackConversation

__all__ = ['BuildConversation', 'ChooseTask', 'KeepOneText', 'PackConversation']
