import pytest
import torch

from vl_runtime.compat.inert_objects import load_inert
from vl_runtime.errors import InputValueError
from yolo_world.checkpoint_conversion.ultralytics_file import is_ultralytics, read_ultralytics


def test_weights_names_and_structure_are_read(ultralytics_file, tasks):
    path = ultralytics_file('yolov8n.yaml', nc=3, names={0: 'cat', 1: 'dog', 2: 'cow'})
    content = load_inert(path)
    assert is_ultralytics(content) and not is_ultralytics({'state_dict': {}})
    file = read_ultralytics(content, path)
    model = torch.load(path, weights_only=False)['model']
    expected = model.state_dict()
    assert file.kind == 'Ultralytics YOLOv8' and file.classes == ('cat', 'dog', 'cow')
    assert file.state_dict.keys() == expected.keys()
    assert all(torch.equal(file.state_dict[key], expected[key]) for key in expected)
    assert file.structure['nc'] == 3


@pytest.mark.parametrize(
    ('name', 'words'),
    [
        ('yolov8s-world.yaml', 'WorldModel with layers ImagePoolingAttn'),
        ('yolo11n.yaml', 'DetectionModel with layers C2PSA, C3k2'),
    ],
)
def test_other_architectures_are_refused(ultralytics_file, name, words):
    path = ultralytics_file(name)
    with pytest.raises(InputValueError, match=f'expected a YOLOv8 detector .* found {words}'):
        read_ultralytics(load_inert(path), path)


def test_fused_files_and_other_distances_are_refused(ultralytics_file, tmp_path):
    content = torch.load(ultralytics_file('yolov8n.yaml'), weights_only=False)
    with torch.no_grad():
        content['model'].model[-1].dfl.conv.weight[0, 3] = 7
    with pytest.raises(InputValueError, match=r'expected the distances 0, 1, 2, ... in model.22'):
        read_ultralytics(content, 'a.pt')
    content['model'].fuse(verbose=False)
    with pytest.raises(InputValueError, match=r'a.pt: the batch norms of this file are fused'):
        read_ultralytics(content, 'a.pt')
