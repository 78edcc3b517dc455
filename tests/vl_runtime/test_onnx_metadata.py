import pytest

from vl_runtime.errors import InputValueError
from vl_runtime.letterbox_pipeline import letterbox_steps, resized_steps
from vl_runtime.onnx_metadata import OnnxMetadata


def test_entries_come_back_as_they_were():
    metadata = OnnxMetadata(
        texts=('dog', 'Bär'),
        image_size=(320, 640),
        mode='detections',
        opset=17,
        thresholds={'keep_top_k': 100, 'multi_label': True},
        pipeline=tuple(letterbox_steps((320, 640))),
    )
    assert OnnxMetadata.from_props(metadata.to_props(), 'a.onnx') == metadata


def test_preprocessing_is_told_in_words():
    metadata = OnnxMetadata(texts=(), image_size=(320, 640), mode='detections', opset=17)
    assert metadata.preprocessing == (
        'keep the ratio, resize and pad with 114 to 640 x 320 (letterbox); '
        'RGB, divide by 255, float32, (batch, 3, height, width)'
    )


def test_a_foreign_file_is_told():
    with pytest.raises(InputValueError, match=r"a.onnx: expected an ONNX file of .* for 'texts'"):
        OnnxMetadata.from_props({'names': '[]'}, 'a.onnx')


def test_every_scale_of_a_pipeline_is_replaced():
    steps = [{'type': 'A', 'scale': (1, 1)}, {'type': 'B'}]
    assert resized_steps(steps, (32, 64)) == [{'type': 'A', 'scale': (64, 32)}, {'type': 'B'}]
    assert steps[0]['scale'] == (1, 1)
