import pytest
import torch

from vl_runtime.errors import InputValueError
from yolo_world.export.export_options import ExportOptions
from yolo_world.export.graph_module import GraphModule, texts_of

MODES = {
    'without-nms': ['no_nms_scores', 'no_nms_boxes'],
    'without-bbox-decoder': ['no_decoder_scores', 'no_decoder_boxes'],
    'model-only': ['model_only_level0', 'model_only_level1', 'model_only_level2'],
}


def graph_of(detector, mode, **options):
    return GraphModule(detector, ExportOptions(image_size=(64, 64), mode=mode, **options))


@torch.no_grad()
@pytest.mark.parametrize('mode', MODES)
def test_raw_outputs_are_those_of_the_reference(detector, deploy_case, mode):
    outputs = graph_of(detector, mode)(deploy_case.inputs['image'])
    for output, name in zip(outputs, MODES[mode], strict=True):
        torch.testing.assert_close(output, deploy_case.outputs[name], rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_texts_as_input_replace_the_vocabulary(detector, deploy_case):
    image, feats = deploy_case.inputs['image'], deploy_case.inputs['text_feats']
    graph = graph_of(detector, 'without-nms', embeddings_input=True)
    scores, boxes = graph(image, feats[:, [2, 0]])
    detector.set_vocabulary(['car', 'dog'], text_feats=feats[:, [2, 0]])
    wanted = graph_of(detector, 'without-nms')(image)
    torch.testing.assert_close((scores, boxes), wanted)


@torch.no_grad()
def test_pixels_are_normalised_in_the_graph_as_by_the_preprocessor(detector):
    pixels = torch.randint(0, 256, (2, 64, 64, 3), dtype=torch.uint8)
    batch = detector.data_preprocessor(
        {'inputs': list(pixels.permute(0, 3, 1, 2)), 'data_samples': None}
    )
    inside = graph_of(detector, 'without-nms', preprocess_in_graph=True)(pixels)
    outside = graph_of(detector, 'without-nms')(batch['inputs'])
    torch.testing.assert_close(inside, outside)


@torch.no_grad()
def test_a_reparameterised_level_holds_the_box_branch_before_its_softmax(detector, deploy_case):
    image = deploy_case.inputs['image']
    levels = graph_of(detector.fuse(), 'model-only')(image)
    wanted = graph_of(detector, 'model-only')(image)
    for level, reference in zip(levels, wanted, strict=True):
        assert level.shape[1] == 4 + 4 * 4
        torch.testing.assert_close(level[:, :4], reference[:, :4], rtol=1e-3, atol=1e-4)
        bins = level[:, 4:].unflatten(1, (4, 4)).softmax(2)
        distances = (bins * torch.arange(4.0).view(1, 1, 4, 1, 1)).sum(2)
        torch.testing.assert_close(distances, reference[:, 4:], rtol=1e-3, atol=1e-4)


def test_the_detector_stays_as_it_is(detector):
    graph_of(detector, 'detections', fp16=True)
    assert all(p.dtype == torch.float32 and p.requires_grad for p in detector.parameters())


def test_a_detector_without_vocabulary_is_refused(detector):
    detector.set_vocabulary(None)
    with pytest.raises(InputValueError, match='has no vocabulary to export; call set_vocabulary'):
        graph_of(detector, 'detections')


def test_a_reparameterised_detector_takes_no_texts(detector):
    with pytest.raises(InputValueError, match='vocabulary inside its weights and takes no texts'):
        graph_of(detector.fuse(), 'detections', embeddings_input=True)


def test_classes_without_texts_are_numbered(detector):
    fused = detector.fuse()
    fused.texts = None
    assert texts_of(fused) == ['class 0', 'class 1', 'class 2', 'class 3']


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'mode': 'nms'}, "mode: expected one of .*, found 'nms'"),
        ({'image_size': (640, 600)}, r'multiples of 32 .*, found \(640, 600\)'),
        ({'opset': 10}, 'opset: expected 11 to 20 .*, found 10'),
        ({'batch_size': 0}, 'batch_size: expected at least 1, found 0'),
        ({'score_threshold': -0.1}, 'score_threshold: expected a value from 0 to 1, found -0.1'),
        ({'pre_top_k': 0}, 'pre_top_k: expected at least 1, found 0'),
        ({'keep_top_k': 1001}, r'keep_top_k: expected 1 to pre_top_k \(1000\), found 1001'),
    ],
)
def test_options_that_cannot_be_are_named(options, message):
    with pytest.raises(InputValueError, match=message):
        ExportOptions(**options).check()
