"""A detector as an ONNX file that was compared with it before it got its name."""

from __future__ import annotations

import dataclasses
import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from mmengine.logging import print_log
from torch import nn

from vl_runtime.atomic_files import atomic_path
from vl_runtime.compat import optional
from vl_runtime.errors import InputValueError
from vl_runtime.letterbox_pipeline import letterbox_steps
from vl_runtime.onnx_metadata import OnnxMetadata
from vl_runtime.onnx_session import INSTALL, require_onnxruntime
from yolo_world.export.early_opsets import early_opsets
from yolo_world.export.export_options import ExportOptions
from yolo_world.export.graph_module import (
    GraphModule,
    is_multi_label,
    pixel_normalisation,
    texts_of,
)
from yolo_world.export.onnx_comparison import OnnxComparison, compare_onnx


@dataclass(frozen=True)
class OnnxReport:
    """What ``export_onnx`` made.

    Attributes:
        path: the file.
        metadata: what the file says about itself.
        num_nodes: of the graph.
        comparison: with the detector.
    """

    path: Path
    metadata: OnnxMetadata
    num_nodes: int
    comparison: OnnxComparison


def export_onnx(
    detector: nn.Module,
    path: str | Path,
    *,
    image_size: tuple[int, int] = (640, 640),
    mode: str = 'detections',
    batch_size: int = 1,
    dynamic_batch: bool = False,
    opset: int = 17,
    embeddings_input: bool = False,
    preprocess_in_graph: bool = False,
    fp16: bool = False,
    simplify: bool = False,
    score_threshold: float = 0.25,
    iou_threshold: float = 0.65,
    pre_top_k: int = 1000,
    keep_top_k: int = 100,
    images: Sequence[np.ndarray] | None = None,
    pipeline: Sequence[dict] | None = None,
    pipeline_scope: str = 'mmdet',
    text_encoder: dict | None = None,
) -> OnnxReport:
    """Write ``path``, after its outputs in onnxruntime were compared with the detector's.

    The detector isn't changed. The file appears only if the comparison is within tolerance.

    Args:
        detector: in evaluation mode; with a vocabulary (``set_vocabulary``), with prompts, or
            re-parameterised (``fuse``).
        path: the file, ``.onnx``.
        image_size: (height, width) of the input, multiples of 32.
        mode: ``detections`` (suppression in the graph), ``without-nms``,
            ``without-bbox-decoder`` or ``model-only``; see the module of each.
        batch_size: images of a call, unless ``dynamic_batch``.
        dynamic_batch: any number of images in a call.
        opset: ONNX version of the graph, 11 to 20.
        embeddings_input: a second input ``text_embeds`` (1 or B, K, T) holds the text
            features, any number of texts, instead of the detector's vocabulary.
        preprocess_in_graph: take (B, H, W, 3) uint8 BGR.
        fp16: weights and network in float16; boxes and suppression in float32.
        simplify: shorten the graph with onnxslim.
        score_threshold, iou_threshold, pre_top_k, keep_top_k: see ``DetectionOutputs``.
        images: BGR pictures to compare with; drawn ones if there are none.
        pipeline: the test pipeline from an array to the input, as steps of a recipe; by
            default a letterbox with grey 114.
        pipeline_scope: mmengine's default scope for the names of the steps.
        text_encoder: config of the frozen text encoder, for the user of ``text_embeds``.

    Raises:
        InputValueError: an option can't be used, no vocabulary is set, onnx or onnxruntime is
            missing, or the graph answers differently from the detector.
    """
    options = ExportOptions(
        image_size=tuple(image_size),
        mode=mode,
        batch_size=batch_size,
        dynamic_batch=dynamic_batch,
        opset=opset,
        embeddings_input=embeddings_input,
        preprocess_in_graph=preprocess_in_graph,
        fp16=fp16,
        simplify=simplify,
        score_threshold=score_threshold,
        iou_threshold=iou_threshold,
        pre_top_k=pre_top_k,
        keep_top_k=keep_top_k,
    )
    path = Path(path)
    options.check(max(detector.bbox_head.featmap_strides))
    if path.suffix != '.onnx':
        raise InputValueError(f'{path}: expected a name that ends in .onnx.')
    onnx = optional.require('onnx', 'ONNX export', INSTALL)
    require_onnxruntime('The comparison after ONNX export')
    graph = GraphModule(detector, options)
    steps = tuple(pipeline or letterbox_steps(options.image_size))
    metadata = dataclasses.replace(
        _metadata(detector, options, graph),
        pipeline=steps,
        pipeline_scope=pipeline_scope,
        text_encoder=text_encoder if embeddings_input else None,
    )
    with atomic_path(path) as temporary:
        _trace(graph, temporary)
        model = _finish(onnx, temporary, graph, metadata)
        comparison = compare_onnx(detector, model, metadata, images, name=str(path))
        onnx.save(model, str(temporary))
    return OnnxReport(path, metadata, len(model.graph.node), comparison)


def _trace(graph: GraphModule, path: Path) -> None:
    """Write the traced graph."""
    options = graph.options
    # A batch of 1 would be taken for a constant where shapes are multiplied.
    inputs = graph.example_inputs(2 if options.dynamic_batch else options.batch_size)
    with warnings.catch_warnings(), torch.no_grad(), early_opsets(options.opset):
        # Python numbers in shapes are constants on purpose; the exporter's own notices.
        warnings.simplefilter('ignore')
        torch.onnx.export(
            graph,
            inputs,
            str(path),
            input_names=graph.input_names,
            output_names=graph.output_names,
            dynamic_axes=_dynamic_axes(graph),
            opset_version=options.opset,
            dynamo=False,
        )


def _dynamic_axes(graph: GraphModule) -> dict[str, dict[int, str]]:
    axes: dict[str, dict[int, str]] = {}
    if graph.options.dynamic_batch:
        axes = {name: {0: 'batch'} for name in ['images', *graph.output_names]}
    if graph.options.embeddings_input:
        axes['text_embeds'] = {0: 'text_batch', 1: 'num_texts'}
        axis_of_texts = {'scores': 2, 'dense_scores': 2}
        if graph.options.mode == 'detections':
            axis_of_texts.pop('scores')
        if graph.options.mode == 'model-only':
            axis_of_texts = dict.fromkeys(graph.output_names, 1)
        for name in graph.output_names:
            if name in axis_of_texts:
                axes.setdefault(name, {})[axis_of_texts[name]] = f'{name}_texts'
    return axes


def _finish(onnx: ModuleType, path: Path, graph: GraphModule, metadata: OnnxMetadata) -> Any:
    """The graph in memory: simplified, with the published outputs only and its metadata."""
    model = onnx.load(str(path))
    if graph.options.simplify:
        slim = optional.require('onnxslim', 'A simplified ONNX graph', INSTALL)
        model = slim.slim(model)
    einsum = [node.name for node in model.graph.node if node.op_type == 'Einsum']
    if einsum:
        print_log(
            f'the graph holds {len(einsum)} Einsum nodes, first {einsum[0]!r}; some runtimes '
            'have none.',
            'current',
            logging.WARNING,
        )
    for output in list(model.graph.output):
        if output.name not in graph.outputs.names:
            model.graph.output.remove(output)
    onnx.helper.set_model_props(model, metadata.to_props())
    onnx.checker.check_model(model)
    return model


def _metadata(detector: nn.Module, options: ExportOptions, graph: GraphModule) -> OnnxMetadata:
    mean, std, bgr_to_rgb = pixel_normalisation(detector)
    takes_texts = options.embeddings_input
    return OnnxMetadata(
        texts=() if takes_texts else tuple(texts_of(detector)),
        image_size=options.image_size,
        mode=options.mode,
        opset=options.opset,
        precision='fp16' if options.fp16 else 'fp32',
        preprocess_in_graph=options.preprocess_in_graph,
        bgr_to_rgb=bgr_to_rgb,
        mean=tuple(mean),
        std=tuple(std),
        text_width=graph.text_feats.shape[-1] if takes_texts else None,
        strides=tuple(detector.bbox_head.featmap_strides),
        thresholds={
            'score_threshold': options.score_threshold,
            'iou_threshold': options.iou_threshold,
            'pre_top_k': options.pre_top_k,
            'keep_top_k': options.keep_top_k,
            'multi_label': is_multi_label(detector),
        },
    )
