import pytest
import torch

from vl_runtime.errors import InputValueError
from yolo_world.export.export_options import ExportOptions
from yolo_world.export.graph_module import GraphModule
from yolo_world.export.torchscript_export import export_torchscript


@torch.no_grad()
def test_the_file_answers_as_the_graph(detector, deploy_case, tmp_path):
    path = tmp_path / 'model.torchscript'
    report = export_torchscript(detector, path, image_size=(64, 64))
    assert report.difference < 1e-4
    extra = {'texts.json': ''}
    found = torch.jit.load(str(path), _extra_files=extra)(deploy_case.inputs['image'])
    graph = GraphModule(detector, ExportOptions(image_size=(64, 64), mode='without-nms'))
    torch.testing.assert_close(found, graph(deploy_case.inputs['image']))
    assert extra['texts.json'] == b'["dog", "cat", "car", "bus"]'


def test_suppression_is_refused(detector, tmp_path):
    with pytest.raises(InputValueError, match='TorchScript files hold no suppression'):
        export_torchscript(detector, tmp_path / 'model.pt', mode='detections')
