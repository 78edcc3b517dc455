import onnx
import pytest
import torch

from vl_runtime.errors import InputValueError
from vl_runtime.onnx_detector import OnnxDetector
from yolo_world.export import export_onnx
from yolo_world.export.onnx_quantisation import last_convolutions, quantise_onnx


def images(count=4):
    return [torch.randint(0, 256, (3, 64, 64), dtype=torch.uint8) for _ in range(count)]


@pytest.fixture
def exported(detector, tmp_path):
    def export(**options):
        path = tmp_path / 'model.onnx'
        export_onnx(detector, path, image_size=(64, 64), mode='without-nms', **options)
        return path

    return export


def test_the_eight_bit_copy_is_smaller_and_close(exported, tmp_path):
    source, path = exported(), tmp_path / 'model_int8.onnx'
    kept = quantise_onnx(source, path, images())
    assert kept == last_convolutions(onnx.load(str(source))) and len(kept) >= 3
    small, large = OnnxDetector.open(path, 'cpu'), OnnxDetector.open(source, 'cpu')
    assert small.metadata.precision == 'int8' and small.texts == large.texts
    weights = {i.data_type for i in onnx.load(str(path)).graph.initializer}
    assert onnx.TensorProto.INT8 in weights
    pictures = images()
    scores = [graph.dense(graph.run(pictures))[0] for graph in (small, large)]
    torch.testing.assert_close(*scores, atol=0.15, rtol=0)


def test_what_cannot_be_quantised_is_told(exported, tmp_path):
    target = tmp_path / 'out.onnx'
    source = exported(opset=11)
    with pytest.raises(InputValueError, match='expected pictures to calibrate with, found none'):
        quantise_onnx(source, target, [])
    with pytest.raises(InputValueError, match=r'needs opset 13 or later, found 11 \(--opset\)'):
        quantise_onnx(source, target, images())
    with pytest.raises(InputValueError, match='expected a float32 file to quantise, found fp16'):
        quantise_onnx(exported(fp16=True), target, images())
    with pytest.raises(InputValueError, match='needs a fixed vocabulary'):
        quantise_onnx(exported(embeddings_input=True), target, images())
    assert not target.exists()
