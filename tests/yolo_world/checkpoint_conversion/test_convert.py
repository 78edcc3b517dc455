import pytest
import torch

import yolo_world  # noqa: F401
from vl_runtime.checkpoints import load_checkpoint_file
from vl_runtime.config_files import load_config
from vl_runtime.errors import InputFileNotFoundError, InputValueError
from yolo_world.checkpoint_conversion import convert_checkpoint
from yolo_world.checkpoint_conversion.output_comparison import OutputDifference


def test_yolo_world_v2_of_ultralytics_gives_the_same_outputs(ultralytics_file, tmp_path):
    source = ultralytics_file('yolov8s-worldv2.yaml')
    out = tmp_path / 'out.pth'
    conversion = convert_checkpoint(source, out, compare_with_source=True)
    assert conversion.report.complete and len(conversion.report.matched) == 411
    assert conversion.difference.logits < 1e-4 and conversion.difference.distances < 1e-4
    assert conversion.lines()[-1].endswith(': equal')
    content = load_checkpoint_file(out)
    assert content['meta']['converted_from'] == source.name
    assert content['state_dict'].keys() == conversion.weights.state_dict.keys()


@pytest.mark.parametrize('name, nc', [('yolov8n-worldv2.yaml', 130), ('yolov8s-worldv2.yaml', 3)])
def test_yolo_world_v2_with_another_number_of_classes_is_equal_too(
    ultralytics_file, tmp_path, name, nc
):
    source = ultralytics_file(name, nc=nc)
    conversion = convert_checkpoint(source, tmp_path / 'out.pth', compare_with_source=True)
    assert conversion.report.complete and conversion.difference.equal
    assert conversion.difference.logits is not None


def test_yolov8_becomes_mmyolo_s_yolov8(ultralytics_file, tmp_path):
    source = ultralytics_file('yolov8n.yaml')
    conversion = convert_checkpoint(
        source, tmp_path / 'out.pth', target='yolov8', compare_with_source=True
    )
    assert conversion.report.complete
    assert conversion.difference.logits < 1e-4 and conversion.difference.distances < 1e-4


def test_yolov8_starts_yolo_world_with_the_same_boxes(ultralytics_file, tmp_path):
    source = ultralytics_file('yolov8n.yaml')
    conversion = convert_checkpoint(source, tmp_path / 'out.pth', compare_with_source=True)
    assert conversion.difference.logits is None and conversion.difference.distances < 1e-4
    report = conversion.report
    assert not report.unexpected and not report.mismatched
    kinds = ('attn_block', 'cls_contrasts', 'cls_preds.0.2', 'cls_preds.1.2', 'cls_preds.2.2')
    assert all(any(kind in key for kind in kinds) for key in report.missing)
    assert any('6 x class branch of a fixed list' in line for line in conversion.lines())
    assert any('4 x widened by zeros' in line for line in conversion.lines())


def test_a_recipe_says_what_fits_it(ultralytics_file, tmp_path, repository):
    recipe = load_config(repository / 'configs/finetune/yolo_world_n_finetune_own.py')
    source = ultralytics_file('yolov8n.yaml', nc=3)
    conversion = convert_checkpoint(source, tmp_path / 'out.pth', config=recipe)
    lines = conversion.lines()
    assert any(line.startswith('of another shape (not loaded): 30 keys') for line in lines)
    assert lines[-1] == (
        'not used: the hidden class convolutions, 30 keys, which training starts anew; a recipe '
        'with model.bbox_head.head_module.num_classes=64 takes them'
    )
    wide = load_config(
        repository / 'configs/finetune/yolo_world_n_finetune_own.py',
        {'model.bbox_head.head_module.num_classes': 64},
    )
    conversion = convert_checkpoint(source, tmp_path / 'out.pth', config=wide)
    assert not conversion.report.mismatched
    world = ultralytics_file('yolov8n-worldv2.yaml')
    with pytest.raises(InputValueError, match='weights of another configuration of YOLOWorldD'):
        convert_checkpoint(world, tmp_path / 'no.pth', config=recipe)  # 512-d texts, not 384-d
    assert not (tmp_path / 'no.pth').exists()


def test_more_than_a_hundred_classes_start_yolo_world_but_are_no_yolov8(ultralytics_file, tmp_path):
    source = ultralytics_file('yolov8n.yaml', nc=130)
    message = (
        'nothing was written: the class branch of 130 classes does not fit, since Ultralytics '
        'stops widening it at 100 channels'
    )
    with pytest.raises(InputValueError, match=message):
        convert_checkpoint(source, tmp_path / 'no.pth', target='yolov8')
    assert not (tmp_path / 'no.pth').exists()
    conversion = convert_checkpoint(source, tmp_path / 'a.pth', compare_with_source=True)
    assert conversion.difference.equal
    assert any('num_classes=100 takes them' in line for line in conversion.lines())


def test_what_is_written_is_compared_first(ultralytics_file, tmp_path):
    assert OutputDifference(None, 2e-4).line() == (
        'largest difference to the source network: 0.0002 of box distances (strides): NOT EQUAL'
    )
    source = ultralytics_file('yolov8n.yaml')
    content = torch.load(source, weights_only=False)
    content['model'].yaml['activation'] = 'torch.nn.ReLU()'
    torch.save(content, tmp_path / 'other.pt')
    with pytest.raises(InputValueError, match=r'nothing was written: .* NOT EQUAL'):
        convert_checkpoint(tmp_path / 'other.pt', tmp_path / 'no.pth', compare_with_source=True)
    assert not (tmp_path / 'no.pth').exists()


def test_published_files_keep_their_weights(tmp_path):
    weights = {'bbox_head.head_module.reg_preds.0.2.bias': torch.ones(64)}
    torch.save({'state_dict': weights, 'optimizer': {}}, tmp_path / 'a.pth')
    conversion = convert_checkpoint(tmp_path / 'a.pth', tmp_path / 'b.pth')
    assert conversion.report is None and conversion.lines()[1].startswith('1 x training state')
    assert list(load_checkpoint_file(tmp_path / 'b.pth')['state_dict']) == list(weights)
    with pytest.raises(InputValueError, match='leave --compare out'):
        convert_checkpoint(tmp_path / 'a.pth', tmp_path / 'c.pth', compare_with_source=True)
    with pytest.raises(InputValueError, match='the target yolov8 is for YOLOv8 files, found an m'):
        convert_checkpoint(tmp_path / 'a.pth', tmp_path / 'c.pth', target='yolov8')


def test_mistakes_are_named(tmp_path):
    with pytest.raises(InputFileNotFoundError, match='no such checkpoint'):
        convert_checkpoint(tmp_path / 'no.pt', tmp_path / 'b.pth')
    with pytest.raises(InputValueError, match='target: expected one of yolo_world, yolov8'):
        convert_checkpoint(tmp_path / 'no.pt', tmp_path / 'b.pth', target='x')
