"""Distributed training of a model whose larger part is frozen."""

from __future__ import annotations

from typing import Any

from mmengine.model import MMDistributedDataParallel
from mmengine.registry import MODEL_WRAPPERS
from torch import nn

from vl_runtime.compat import distributed


@MODEL_WRAPPERS.register_module()
class TrainedPartDataParallel(MMDistributedDataParallel):
    """``MMDistributedDataParallel`` that leaves frozen parameters alone.

    torch's broadcasts every parameter of the first process when it starts: minutes and twice
    the memory for gigabytes that are the same everywhere, and an error for quantised ones.
    Here only what is trained is broadcast and reduced; each process loads the frozen part
    itself, from the same files.

    A recipe whose batches don't use every trained parameter (a batch without pictures uses
    none of the vision part) says ``find_unused_parameters=True``.

    Args:
        module: with some parameters that require a gradient.
        broadcast_buffers, find_unused_parameters, static_graph, device_ids: torch's.
        detect_anomalous_params: mmengine's.
    """

    def __init__(
        self,
        module: nn.Module,
        device_ids: list[int] | None = None,
        *,
        broadcast_buffers: bool = False,
        find_unused_parameters: bool = False,
        static_graph: bool = False,
        detect_anomalous_params: bool = False,
    ) -> None:
        frozen = [name for name, weight in module.named_parameters() if not weight.requires_grad]
        distributed.leave_out(module, frozen)
        options: dict[str, Any] = {
            'broadcast_buffers': broadcast_buffers,
            'find_unused_parameters': find_unused_parameters,
            'static_graph': static_graph,
        }
        super().__init__(module, detect_anomalous_params, device_ids=device_ids, **options)
