import torch
from torch import nn

from vl_runtime.text_encoders.parameter_fingerprint import ParameterFingerprint


def test_the_digest_follows_every_kind_of_change():
    layer = nn.Linear(2, 2)
    fingerprint = ParameterFingerprint()
    digests = [fingerprint.of(layer)]

    layer.load_state_dict({key: value + 1 for key, value in layer.state_dict().items()})
    digests.append(fingerprint.of(layer))
    layer(torch.ones(1, 2)).sum().backward()
    torch.optim.SGD(layer.parameters(), lr=0.1).step()
    digests.append(fingerprint.of(layer))
    layer.weight = nn.Parameter(torch.zeros(2, 2))
    digests.append(fingerprint.of(layer))
    layer.half()
    digests.append(fingerprint.of(layer))

    assert len(set(digests)) == 5


def test_equal_parameters_have_equal_digests():
    first, second = nn.Linear(2, 2), nn.Linear(2, 2)
    second.load_state_dict(first.state_dict())
    fingerprint = ParameterFingerprint()

    assert fingerprint.of(first) == ParameterFingerprint().of(second) == fingerprint.of(first)


def test_ignored_parameters_do_not_matter():
    module = nn.ModuleDict({'used': nn.Linear(2, 2), 'pooler': nn.Linear(2, 2)})
    fingerprint = ParameterFingerprint(ignored=('pooler.',))
    before = fingerprint.of(module)

    nn.init.zeros_(module['pooler'].weight)
    assert fingerprint.of(module) == before
    nn.init.zeros_(module['used'].weight)
    assert fingerprint.of(module) != before


def test_the_digest_is_kept_while_nothing_changes():
    layer = nn.Linear(2, 2)
    fingerprint = ParameterFingerprint()
    before = fingerprint.of(layer)
    layer.weight.data.add_(1)  # invisible to torch's counters: no second look

    assert fingerprint.of(layer) == before


def test_parameters_made_in_inference_mode_are_accepted():
    with torch.inference_mode():
        layer = nn.Linear(2, 2)

    assert ParameterFingerprint().of(layer)
