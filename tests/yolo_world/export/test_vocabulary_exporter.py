import numpy as np
import pytest

from vl_runtime.errors import InputValueError
from vl_runtime.inference import Predictor
from vl_runtime.launch import load_config
from yolo_world.export.vocabulary_exporter import VocabularyExporter


@pytest.fixture
def config(predictor_recipe):
    config = load_config(predictor_recipe)
    config.test_dataloader.dataset.pipeline[1].scale = (64, 64)
    return config


def test_the_file_has_the_vocabulary_and_the_detector_is_unchanged(
    detector, config, pictures, tmp_path
):
    pytest.importorskip('onnxruntime', reason='onnxruntime is not installed')
    before = {name: value.clone() for name, value in detector.state_dict().items()}
    VocabularyExporter(config)(detector, tmp_path / 'a.onnx')
    texts = detector.texts[0]
    assert all((before[name] == value).all() for name, value in detector.state_dict().items())

    predictor = Predictor.from_onnx(tmp_path / 'a.onnx', 'cpu')
    assert list(predictor.texts) == texts
    for found in predictor.predict(pictures, score_threshold=0.05):
        assert np.isfinite(found.boxes_xyxy).all()


def test_a_pipeline_without_a_size_is_named(detector, config, tmp_path):
    del config.test_dataloader.dataset.pipeline[1]
    with pytest.raises(InputValueError, match=r'expected a test pipeline with a resize step'):
        VocabularyExporter(config)(detector, tmp_path / 'a.onnx')
