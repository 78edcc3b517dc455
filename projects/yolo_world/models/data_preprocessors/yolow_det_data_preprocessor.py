"""Batch preparation on the device, keeping the texts of a training batch."""

from __future__ import annotations

from mmdet.models.data_preprocessors import DetDataPreprocessor
from mmengine.registry import MODELS
from torch import Tensor

from vl_runtime.errors import InputValueError


@MODELS.register_module()
class YOLOWDetDataPreprocessor(DetDataPreprocessor):
    """mmdet's preprocessor that understands the collated training batch with texts.

    Testing: as the parent. Training: the batch is one uint8 tensor and one dict
    (see ``forward``); everything that a loss needs passes through.

    Args:
        *args, **kwargs: of ``DetDataPreprocessor`` (``mean``, ``std``,
            ``bgr_to_rgb``, ``batch_augments``, ...), in its order.
        non_blocking: copy to the device without waiting.
    """

    _PASSED_ON = ('bboxes_labels', 'texts', 'masks', 'is_detection')

    def __init__(self, *args, non_blocking: bool = True, **kwargs) -> None:
        super().__init__(*args, non_blocking=non_blocking, **kwargs)

    def forward(self, data: dict, training: bool = False) -> dict:
        """Move to the device, swap colour channels, normalise, augment.

        Args:
            data: ``inputs`` (B, 3, H, W) uint8 and ``data_samples``, in training
                a dict with ``bboxes_labels`` (M, 6: image, class, x1, y1, x2, y2)
                and optionally ``texts``, ``masks``, ``is_detection``.

        Returns:
            ``inputs`` float and ``data_samples``; the training dict also gets
            ``img_metas``, B dicts with ``batch_input_shape`` (H, W).

        Raises:
            InputValueError: the images of a training batch differ in size.
        """
        if not training:
            return super().forward(data, training)
        data = self.cast_data(data)
        inputs, samples = data['inputs'], data['data_samples']
        if not isinstance(inputs, Tensor):
            raise InputValueError(
                f'YOLOWDetDataPreprocessor: expected one image tensor, found a list of '
                f'{len(inputs)}; collate with use_ms_training=False.'
            )
        if self._channel_conversion and inputs.shape[1] == 3:
            inputs = inputs[:, [2, 1, 0]]
        inputs = (inputs - self.mean) / self.std if self._enable_normalize else inputs.float()
        for augment in self.batch_augments or ():
            inputs, samples = augment(inputs, samples)
        output = {name: samples[name] for name in self._PASSED_ON if name in samples}
        output['img_metas'] = [{'batch_input_shape': inputs.shape[2:]}] * len(inputs)
        return {'inputs': inputs, 'data_samples': output}
