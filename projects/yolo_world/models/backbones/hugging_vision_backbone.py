"""Any image model of transformers as an image backbone.

Letters: B images, C channels, H x W pixels, h x w grid of patches.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence

import torch
from mmengine.model import BaseModule, initialize
from mmengine.registry import MODELS
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from vl_runtime.errors import InputValueError
from vl_runtime.text_encoders.hugging_text_encoder import checked_module_names
from vl_runtime.text_encoders.model_location import IMAGE_ENCODER, locate_model
from vl_runtime.text_encoders.pretrained import load_config, load_model


@MODELS.register_module()
class HuggingVisionBackbone(BaseModule):
    """Hidden states of a pretrained image model (Swin, ViT, CLIP's image tower, ...) as maps.

    Hierarchical models give maps of growing stride. Models with one stride give
    the states of the chosen layers as maps; tokens that belong to no patch (the
    class token) are left out, and images of other sizes than the pretraining's
    are possible where the model can interpolate its positions.

    Args:
        model_name: hub name, folder, or ``'package:<python package>'``. A model of
            images and texts (CLIP) contributes its image part.
        out_indices: which hidden states; 0 is the embedding before the first layer.
        norm_eval: keep batch norms at their stored statistics.
        frozen_modules: ``['all']``, names of sub-modules, or nothing.
        init_cfg: mmengine's initialisation on top of the loaded weights.

    Shapes:
        images (B, 3, H, W), normalised as the model expects; output: one
        (B, C_i, h_i, w_i) map per entry of ``out_indices``.

    Raises:
        InputFileNotFoundError: the model is in no folder, cache or reachable hub.
        InputValueError: its files are damaged, or an index or a name is not there.
    """

    def __init__(
        self,
        model_name: str,
        out_indices: Sequence[int] = (0, 1, 2, 3),
        norm_eval: bool = True,
        frozen_modules: Sequence[str] = (),
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        location = locate_model(model_name, IMAGE_ENCODER)
        model = load_model(location, 'AutoModel', load_config(location, 'AutoConfig'))
        is_pair = getattr(model.config, 'text_config', None) is not None
        self.model = model.vision_model if is_pair else model
        self.out_indices = tuple(out_indices)
        self.norm_eval = norm_eval
        self.frozen_modules = checked_module_names(frozen_modules, self.model)
        arguments = inspect.signature(self.model.forward).parameters
        self._options = {'output_hidden_states': True}
        if 'interpolate_pos_encoding' in arguments:
            self._options['interpolate_pos_encoding'] = True
        for module in self._frozen():
            module.requires_grad_(False)
        self.train(self.training)

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """Maps (B, C_i, h_i, w_i) of images (B, 3, H, W), in the order of ``out_indices``."""
        with torch.set_grad_enabled(torch.is_grad_enabled() and 'all' not in self.frozen_modules):
            output = self.model(pixel_values=image, **self._options)
        states = getattr(output, 'reshaped_hidden_states', None) or output.hidden_states
        wrong = [index for index in self.out_indices if not 0 <= index < len(states)]
        if wrong:
            raise InputValueError(
                f'HuggingVisionBackbone: out_indices has {wrong[0]}, but '
                f'{type(self.model).__name__} gives {len(states)} hidden states '
                f'(0 to {len(states) - 1}).'
            )
        return tuple(self._as_map(states[index], image) for index in self.out_indices)

    def _as_map(self, state: Tensor, image: Tensor) -> Tensor:
        """A hidden state as (B, C, h, w); token lists lose what stands before the patches."""
        if state.dim() == 4:
            return state
        patch = self.model.config.patch_size
        grid = image.shape[2] // patch, image.shape[3] // patch
        patches = state[:, state.shape[1] - grid[0] * grid[1] :]
        return patches.transpose(1, 2).unflatten(2, grid)

    def train(self, mode: bool = True) -> HuggingVisionBackbone:
        """Set the mode; frozen parts and, with ``norm_eval``, batch norms stay in eval mode."""
        super().train(mode)
        for module in self._frozen():
            module.eval()
        if self.norm_eval:
            for module in self.model.modules():
                if isinstance(module, _BatchNorm):
                    module.eval()
        return self

    def init_weights(self) -> None:
        """Keep the loaded weights; only an ``init_cfg`` changes them."""
        if self.init_cfg:
            initialize(self, self.init_cfg)

    def _frozen(self) -> list[nn.Module]:
        names = self.frozen_modules
        return [self.model if name == 'all' else self.model.get_submodule(name) for name in names]
