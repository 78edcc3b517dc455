"""Every command of the guides for real, where the samples lie beside the checkout."""

import pytest

from tests.tool_process import run
from vl_runtime.errors import InputFileNotFoundError
from vlm_detector.examples import REPORT, result_table, run_examples, sample_folder
from vlm_detector.examples.example_run import run_in_process


def execute(command, folder, environment, log):
    """As the examples do, but tools share the loading of the libraries."""
    if command[1] == '-m':
        return run_in_process(command, folder, environment, log)
    python, tool, *words = command
    done = run([python, folder / tool, *words], cwd=folder, env=environment, timeout=1200)
    with log.open('a') as file:
        file.write(done.stdout + done.stderr)
    return done.returncode


@pytest.mark.slow
def test_every_command_of_the_guides_works_on_the_samples(repository, tmp_path):
    try:
        samples = sample_folder(None, repository)
    except InputFileNotFoundError as error:
        pytest.skip(str(error))
    results = run_examples(repository, tmp_path, data=samples, say=print, execute=execute)
    assert not [found.failure for found in results if found.failure], result_table(results)
    missing = [
        found.folder / name
        for found in results
        for name in found.example.results
        if not (found.folder / name).is_file()
    ]
    assert not missing and (tmp_path / REPORT).is_file()
