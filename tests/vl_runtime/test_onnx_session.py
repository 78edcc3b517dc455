import pytest

from vl_runtime.errors import InputFileNotFoundError, InputValueError
from vl_runtime.onnx_session import open_session


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InputFileNotFoundError, match=r'model.onnx: no such file'):
        open_session(tmp_path / 'model.onnx')


def test_another_file_is_told(tmp_path):
    path = tmp_path / 'model.onnx'
    path.write_bytes(b'no graph')
    with pytest.raises(InputValueError, match=r'model\.onnx: onnxruntime cannot open it \('):
        open_session(path)


def test_a_device_that_is_not_there_is_told(tmp_path):
    path = tmp_path / 'model.onnx'
    path.write_bytes(b'no graph')
    with pytest.raises(InputValueError, match=r"expected auto, cpu or cuda, found 'tpu'"):
        open_session(path, 'tpu')
