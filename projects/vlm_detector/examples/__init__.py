"""The applications' guides, run command by command on small samples (``make examples``)."""

from vlm_detector.examples.example import Example, Step
from vlm_detector.examples.example_run import ExampleResult, run_example
from vlm_detector.examples.guide_commands import NOT_RUN, GuideCommand, guide_commands
from vlm_detector.examples.known_examples import EXAMPLES
from vlm_detector.examples.run import REPORT, result_table, run_examples
from vlm_detector.examples.sample_folder import SAMPLES, sample_folder

__all__ = [
    'EXAMPLES',
    'NOT_RUN',
    'REPORT',
    'SAMPLES',
    'Example',
    'ExampleResult',
    'GuideCommand',
    'Step',
    'guide_commands',
    'result_table',
    'run_example',
    'run_examples',
    'sample_folder',
]
