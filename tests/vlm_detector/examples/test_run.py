import pytest

from vl_runtime.errors import InputFileNotFoundError, InputKeyError
from vlm_detector.examples import EXAMPLES, SAMPLES, result_table, run_examples, sample_folder
from vlm_detector.examples.example_run import ExampleResult
from vlm_detector.examples.run import report_page


def test_samples_are_found_beside_the_checkout_or_named(tmp_path):
    checkout = tmp_path / 'checkout'
    checkout.mkdir()
    with pytest.raises(InputFileNotFoundError, match=r'in no folder \*/data of .*--data FOLDER'):
        sample_folder(None, checkout)
    for name in SAMPLES:
        (tmp_path / 'near/data' / name).mkdir(parents=True)
    assert sample_folder(None, checkout) == tmp_path / 'near/data'
    (tmp_path / 'near/data/fabric_small').rmdir()
    with pytest.raises(InputFileNotFoundError, match=r'--data .* found no fabric_small'):
        sample_folder(tmp_path / 'near/data', checkout)


def test_an_unknown_example_is_named_with_those_that_there_are(tmp_path, repository):
    with pytest.raises(InputKeyError, match='cars: expected one of logos, main_subject, textile'):
        run_examples(repository, tmp_path, names=['cars'], say=print)


def test_the_table_tells_steps_seconds_report_failures_and_what_was_not_run(repository, tmp_path):
    steps, not_run = EXAMPLES[0].steps(repository)
    folder = tmp_path / 'logos'
    report = folder / EXAMPLES[0].results[0]
    report.parent.mkdir(parents=True)
    report.touch()
    result = ExampleResult(EXAMPLES[0], folder, steps, [1.0, 2.4], 0, not_run, 'a command failed')
    table = result_table([result]).splitlines()
    assert table[2].split() == ['logos', '2', 'of', str(len(steps)), '3', str(report)]
    assert 'FAILED logos: a command failed' in table
    assert 'not run: python tools/download.py logodet3k --out data (fetches 3 GB)' in table
    page = report_page([result], tmp_path)
    assert f'](logos/{EXAMPLES[0].results[0]})' in page and '| `python tools/download.py' in page
