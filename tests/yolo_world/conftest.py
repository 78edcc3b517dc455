"""Reference outputs of YOLO-World's parts as fixtures."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch


@dataclass(frozen=True)
class GoldenCase:
    """One reference file: settings, weights, inputs and expected outputs (tensors)."""

    cfg: dict
    sd: dict
    inputs: dict
    outputs: dict

    def load_into(self, module):
        """Load the weights; every one must fit, and only batch counters may be missing."""
        missing, unexpected = module.load_state_dict(self.sd, strict=False)
        assert not unexpected
        assert all(key.endswith('num_batches_tracked') for key in missing)
        return module

    def levels(self, prefix, source=None):
        """The maps ``prefix0, prefix1, ...`` from fine to coarse."""
        source = self.inputs if source is None else source
        names = sorted(key for key in source if key.startswith(prefix) and key[-1].isdigit())
        return [source[name] for name in names if name[:-1] == prefix]

    def assert_detections(self, instances, image, rtol=1e-4, atol=1e-4):
        """Compare as sets of (label, score, box): equal scores may come in any order."""
        expected_boxes = self.outputs[f'bboxes{image}']
        assert len(instances) == len(expected_boxes)
        expected = torch.cat(
            [
                self.outputs[f'labels{image}'][:, None].float(),
                self.outputs[f'scores{image}'][:, None],
                expected_boxes,
            ],
            dim=1,
        )
        found = torch.cat(
            [instances.labels[:, None].float(), instances.scores[:, None], instances.bboxes], dim=1
        )
        close = torch.isclose(found[None], expected[:, None], rtol=rtol, atol=atol).all(-1)
        assert close.any(0).all(), 'a detection that the reference does not have'
        assert close.any(1).all(), 'a detection of the reference is missing'
        torch.testing.assert_close(found[:, 1], expected[:, 1], rtol=rtol, atol=atol)


@pytest.fixture
def golden_case(golden: Path):
    """``golden_case(name)``: the arrays of ``yolo_world/<name>.npz``."""

    def load(name):
        with np.load(golden / 'yolo_world' / f'{name}.npz', allow_pickle=False) as arrays:
            groups = {'sd': {}, 'in': {}, 'out': {}}
            for key in arrays.files:
                group, _, rest = key.partition('.')
                if group in groups:
                    groups[group][rest] = torch.from_numpy(arrays[key])
            cfg = json.loads(str(arrays['cfg']))
        return GoldenCase(cfg, groups['sd'], groups['in'], groups['out'])

    return load
