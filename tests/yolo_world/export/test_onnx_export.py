import copy

import numpy as np
import onnx
import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.registry import MODELS

from vl_runtime.compat import optional
from vl_runtime.dense_detections import detections_of_image
from vl_runtime.errors import InputValueError
from vl_runtime.inference import Predictor
from vl_runtime.onnx_detector import OnnxDetector
from vl_runtime.onnx_text_detector import open_onnx_detector
from yolo_world.export import export_onnx
from yolo_world.export.onnx_comparison import dense_of_detector

LOW = {'image_size': (64, 64), 'score_threshold': 0.05, 'iou_threshold': 0.7, 'keep_top_k': 50}


def noise(count=3, size=(64, 64)):
    return [torch.randint(0, 256, (3, *size), dtype=torch.uint8) for _ in range(count)]


class FixedVocabulary(torch.nn.Module):
    """A detector whose vocabulary a predictor can't change."""

    def __init__(self, detector):
        super().__init__()
        self.test_step = detector.test_step


@pytest.fixture
def exported(detector, tmp_path):
    def export(model=detector, **options):
        path = tmp_path / 'model.onnx'
        return export_onnx(model, path, **{**LOW, **options})

    return export


@pytest.fixture
def dual_detector(golden_case):
    """The first version's neck, whose texts look at the image, with 5 texts."""
    case = golden_case('detector_v1_dual_whole')
    model = case.load_into(MODELS.build(ConfigDict(copy.deepcopy(case.cfg)))).eval()
    model.set_vocabulary(list('abcde'), text_feats=case.inputs['text_feats'])
    return model


@pytest.mark.parametrize('options', [{}, {'embeddings_input': True, 'simplify': True}], ids=str)
def test_the_dual_neck_is_exported_too(dual_detector, exported, options):
    report = exported(dual_detector, image_size=(96, 128), score_threshold=0.001, **options)
    assert report.comparison.within_tolerance and report.comparison.num_detections > 10


@pytest.mark.parametrize(
    'options',
    [
        {'dynamic_batch': True, 'simplify': True},
        {'batch_size': 2, 'opset': 11, 'preprocess_in_graph': True},
        {'mode': 'without-nms', 'fp16': True},
        {'mode': 'without-bbox-decoder', 'opset': 20},
        {'mode': 'model-only'},
    ],
    ids=str,
)
def test_the_file_answers_as_the_detector(detector, exported, options):
    report = exported(**options)
    assert report.comparison.within_tolerance and report.comparison.num_detections > 10
    model = onnx.load(str(report.path))
    assert not {'Einsum', 'ATen'} & {node.op_type for node in model.graph.node}
    assert model.opset_import[0].version == options.get('opset', 17)

    images = noise()
    onnx_detector = OnnxDetector.open(report.path, 'cpu')
    assert onnx_detector.texts == ('dog', 'cat', 'car', 'bus')
    found = onnx_detector.detections(onnx_detector.run(images))
    thresholds = onnx_detector.metadata.thresholds
    tolerance = 0.5 if options.get('fp16') else 1e-3
    for one, scores, boxes in zip(found, *dense_of_detector(detector, images), strict=True):
        wanted = detections_of_image(scores, boxes, thresholds=thresholds)
        if options.get('fp16'):
            assert abs(len(one) - len(wanted)) <= 2
            continue
        torch.testing.assert_close(one.scores, wanted.scores, atol=1e-5, rtol=0)
        torch.testing.assert_close(one.bboxes, wanted.bboxes, atol=tolerance, rtol=0)
        assert torch.equal(one.labels, wanted.labels)


def test_any_number_of_texts_and_images_at_run_time(detector, deploy_case, exported):
    path = exported(embeddings_input=True, dynamic_batch=True).path
    graph = open_onnx_detector(path, 'cpu')
    images, feats = noise(5), torch.nn.functional.normalize(torch.randn(9, 12), dim=-1)
    names = [f'text {index}' for index in range(9)]
    graph.set_vocabulary(names, text_feats=feats)
    found = graph.detections(graph.run(images))
    detector.set_vocabulary(names, text_feats=feats)
    for one, scores, boxes in zip(found, *dense_of_detector(detector, images), strict=True):
        wanted = detections_of_image(scores, boxes, thresholds=graph.metadata.thresholds)
        torch.testing.assert_close(one.scores, wanted.scores, atol=1e-5, rtol=0)
        assert torch.equal(one.labels, wanted.labels)


def test_shapes_stay_when_the_graph_finds_nothing(exported):
    graph = OnnxDetector.open(exported(score_threshold=1.0, dynamic_batch=True).path, 'cpu')
    outputs = graph.run(noise(2))
    assert outputs['num_dets'].tolist() == [[0], [0]]
    assert outputs['boxes'].shape == (2, 50, 4) and not outputs['scores'].any()
    assert outputs['labels'].dtype == np.int32 and (outputs['labels'] == -1).all()


def test_reparameterised_and_prompt_detectors_export(detector, exported, build_simple):
    fused = exported(detector.fuse(), mode='without-nms')
    assert fused.metadata.texts == ('dog', 'cat', 'car', 'bus')
    assert 'text_embeds' not in [i.name for i in onnx.load(str(fused.path)).graph.input]
    simple = build_simple(detector)
    assert exported(simple).metadata.texts == ('class 0', 'class 1', 'class 2', 'class 3')


def test_the_background_is_kept_out_of_the_answers(detector, deploy_case, exported):
    # The features that win nearly everywhere are the background's.
    feats = deploy_case.inputs['text_feats'][:, [1, 2, 3, 0]]
    detector.set_vocabulary(['dog', 'cat', 'car'], background=True, text_feats=feats)
    graph = OnnxDetector.open(exported().path, 'cpu')
    assert graph.texts_shown == ('dog', 'cat', 'car')
    outputs = graph.run(noise(1))
    assert outputs['num_dets'].item() > 0 and outputs['labels'].max() <= 2


def test_the_file_tells_how_it_is_used(exported):
    props = {p.key: p.value for p in onnx.load(str(exported().path)).metadata_props}
    assert props['texts'] == '["dog", "cat", "car", "bus"]'
    assert (props['image_size'], props['mode'], props['opset']) == (
        '[64, 64]',
        '"detections"',
        '17',
    )
    assert 'RGB, divide by 255, float32, (batch, 3, height, width)' in props['preprocessing']
    assert props['mmground_version']


def test_a_predictor_of_the_file_predicts_as_one_of_the_detector(detector, exported, pictures):
    report = exported(keep_top_k=100, simplify=True)
    detector.bbox_head.test_cfg.update(score_thr=0.05, nms_pre=1000, max_per_img=100)
    onnx_predictor = Predictor.from_onnx(report.path, 'cpu')
    texts = onnx_predictor.recipe_texts
    torch_predictor = Predictor(FixedVocabulary(detector), onnx_predictor._pipeline)
    torch_predictor.recipe_texts = texts
    for one, other in zip(
        onnx_predictor.predict(pictures), torch_predictor.predict(pictures), strict=True
    ):
        assert len(one) > 5 and one.names == other.names
        np.testing.assert_allclose(one.boxes_xyxy, other.boxes_xyxy, atol=1e-2)
        np.testing.assert_allclose(one.scores, other.scores, atol=1e-5)


def test_a_graph_that_answers_differently_is_not_written(detector, tmp_path, monkeypatch):
    from yolo_world.export import onnx_comparison

    monkeypatch.setitem(onnx_comparison.TOLERANCES, 'fp32', (1e-9, 1e-9, 0.0))
    path = tmp_path / 'model.onnx'
    path.write_bytes(b'older')
    with pytest.raises(InputValueError, match=r'model.onnx: largest difference .* no file was'):
        export_onnx(detector, path, **LOW)
    assert path.read_bytes() == b'older' and list(tmp_path.iterdir()) == [path]


def test_a_name_with_another_suffix_is_refused(detector, tmp_path):
    with pytest.raises(InputValueError, match=r'expected a name that ends in \.onnx'):
        export_onnx(detector, tmp_path / 'model.pt')


def test_a_missing_package_is_asked_for_by_name(detector, tmp_path, monkeypatch):
    require = optional.require
    monkeypatch.setattr(optional, 'require', lambda _, *rest: require('no_such_onnx', *rest))
    with pytest.raises(InputValueError, match="ONNX export needs the package 'no_such_onnx'"):
        export_onnx(detector, tmp_path / 'model.onnx', image_size=(64, 64))


def test_a_detector_of_masks_is_refused_before_anything_is_written(deploy_case, tmp_path):
    cfg = copy.deepcopy(deploy_case.cfg)
    cfg['bbox_head']['type'] = 'YOLOWorldSegHead'
    cfg['bbox_head']['head_module'].update(
        type='YOLOWorldSegHeadModule', proto_channels=16, mask_channels=4
    )
    model = MODELS.build(ConfigDict(cfg)).eval()
    model.set_vocabulary(['dog'], text_feats=deploy_case.inputs['text_feats'][0, :1])
    for mode in ('detections', 'without-nms'):
        with pytest.raises(
            InputValueError, match='YOLOWorldSegHead predicts masks, which exported graphs do not'
        ):
            export_onnx(model, tmp_path / 'masks.onnx', image_size=(64, 64), mode=mode)
    assert not list(tmp_path.iterdir())
