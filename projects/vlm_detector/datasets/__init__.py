"""From annotations to conversations. The data sets themselves are reached by ``type=``."""

from vlm_detector.datasets import transforms
from vlm_detector.datasets.prompt_library import PromptLibrary, PromptTemplate
from vlm_detector.datasets.task_samples import TaskSamples
from vlm_detector.datasets.vlm_train_collate import vlm_train_collate

__all__ = ['PromptLibrary', 'PromptTemplate', 'TaskSamples', 'transforms', 'vlm_train_collate']
