"""Reference outputs of YOLO-World's parts as fixtures."""

import json
from dataclasses import dataclass

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
def load_golden(golden):
    """Reference values by case name: a dict of arrays (``cfg`` parsed) or parsed JSON."""

    def load(name: str) -> dict:
        path = golden / 'yolo_world' / name
        if path.suffix == '.json':
            return json.loads(path.read_text())
        with np.load(path, allow_pickle=False) as arrays:
            case = {key: arrays[key] for key in arrays.files}
        case['cfg'] = json.loads(str(case['cfg']))
        return case

    return load


@pytest.fixture
def golden_case(load_golden):
    """``golden_case(name)``: the arrays of ``yolo_world/<name>.npz``."""

    def load(name):
        case = load_golden(f'{name}.npz')
        groups = {'sd': {}, 'in': {}, 'out': {}}
        for key, value in case.items():
            group, _, rest = key.partition('.')
            if group in groups:
                is_text = value.dtype.kind == 'U'
                groups[group][rest] = value.tolist() if is_text else torch.from_numpy(value)
        return GoldenCase(case['cfg'], groups['sd'], groups['in'], groups['out'])

    return load
