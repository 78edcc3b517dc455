"""A detector and options put together to the module that is traced."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vl_runtime.errors import InputValueError
from yolo_world.export.decoded_outputs import DecodedOutputs
from yolo_world.export.detection_outputs import DetectionOutputs
from yolo_world.export.distance_outputs import DistanceOutputs
from yolo_world.export.export_network import ExportNetwork
from yolo_world.export.export_options import ExportOptions
from yolo_world.export.graph_inputs import GraphInputs
from yolo_world.export.level_outputs import LevelOutputs


class GraphModule(nn.Module):
    """Input normalisation, if asked for, and one of the four kinds of outputs.

    Args:
        detector: in evaluation mode, with a vocabulary, or re-parameterised.
        options: checked ones.

    Raises:
        InputValueError: no vocabulary is set, or texts are to be an input and the detector
            has them inside its weights.
    """

    def __init__(self, detector: nn.Module, options: ExportOptions) -> None:
        super().__init__()
        network = ExportNetwork(detector, half=options.fp16)
        if options.embeddings_input and network.text_feats is None:
            raise InputValueError(
                'embeddings_input: a re-parameterised detector has its vocabulary inside its '
                'weights and takes no texts; export the detector that it was made from.'
            )
        self.options = options
        self.inputs = _graph_inputs(detector) if options.preprocess_in_graph else None
        self.outputs = _outputs(detector, network, options)
        self.text_feats = network.text_feats

    def forward(self, images: Tensor, text_embeds: Tensor | None = None) -> tuple[Tensor, ...]:
        """The outputs, in the order of ``output_names``."""
        if self.inputs is not None:
            images = self.inputs(images)
        return self.outputs(images, text_embeds)

    @property
    def input_names(self) -> list[str]:
        """``images``, and ``text_embeds`` if texts are an input."""
        return ['images', 'text_embeds'] if self.options.embeddings_input else ['images']

    @property
    def output_names(self) -> list[str]:
        """All outputs, also those that only the comparison looks at."""
        return [*self.outputs.names, *getattr(self.outputs, 'dense_names', ())]

    def example_inputs(self, batch_size: int) -> tuple[Tensor, ...]:
        """Random inputs to trace with."""
        height, width = self.options.image_size
        generator = torch.Generator().manual_seed(0)
        images = torch.rand((batch_size, 3, height, width), generator=generator)
        if self.inputs is not None:
            images = (images * 255).to(torch.uint8).permute(0, 2, 3, 1).contiguous()
        if not self.options.embeddings_input:
            return (images,)
        return images, self.text_feats.float()


def _graph_inputs(detector: nn.Module) -> GraphInputs:
    mean, std, bgr_to_rgb = pixel_normalisation(detector)
    return GraphInputs(mean, std, bgr_to_rgb=bgr_to_rgb)


def pixel_normalisation(detector: nn.Module) -> tuple[list[float], list[float], bool]:
    """Mean, standard deviation and whether BGR becomes RGB, of the detector's preprocessor."""
    preprocessor = detector.data_preprocessor
    mean = getattr(preprocessor, 'mean', None)
    if mean is None:
        return [0.0] * 3, [1.0] * 3, False
    return (
        mean.flatten().tolist(),
        preprocessor.std.flatten().tolist(),
        bool(getattr(preprocessor, '_channel_conversion', False)),
    )


def _outputs(detector: nn.Module, network: ExportNetwork, options: ExportOptions) -> nn.Module:
    if options.mode == 'model-only':
        return LevelOutputs(network)
    if options.mode == 'without-bbox-decoder':
        return DistanceOutputs(network)
    decoded = DecodedOutputs(network, options.image_size)
    if options.mode == 'without-nms':
        return decoded
    return DetectionOutputs(
        decoded,
        score_threshold=options.score_threshold,
        iou_threshold=options.iou_threshold,
        pre_top_k=options.pre_top_k,
        keep_top_k=options.keep_top_k,
        multi_label=is_multi_label(detector),
        visible=None if options.embeddings_input else [bool(t.strip()) for t in texts_of(detector)],
    )


def is_multi_label(detector: nn.Module) -> bool:
    """Whether every class of a prior is a candidate, by the detector's ``test_cfg``."""
    return bool((detector.bbox_head.test_cfg or {}).get('multi_label', True))


def texts_of(detector: nn.Module) -> list[str]:
    """The vocabulary; ``class 0``, ``class 1``, ... for prompts that have no texts."""
    texts = getattr(detector, 'texts', None)
    if texts:
        return list(texts if isinstance(texts[0], str) else texts[0])
    if hasattr(detector, 'embeddings'):
        number = len(detector.embeddings)
    else:
        number = detector.bbox_head.head_module.num_guide
    names = [f'class {index}' for index in range(number)]
    return [*names[:-1], ' '] if getattr(detector, 'background', False) else names
