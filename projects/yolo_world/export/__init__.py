"""Detectors as graphs for other runtimes: ONNX and TorchScript.

``onnx_export.export_onnx`` is the entry point for Python, ``export_recipe`` that of the tool.
"""

from yolo_world.export.onnx_export import export_onnx

__all__ = ['export_onnx']
