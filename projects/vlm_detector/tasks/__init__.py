"""What a model can be asked about a picture, and which of its annotations are the answer."""

from vlm_detector.tasks.known_tasks import TASKS, task_of
from vlm_detector.tasks.task import Task

__all__ = ['TASKS', 'Task', 'task_of']
