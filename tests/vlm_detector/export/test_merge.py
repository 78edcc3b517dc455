"""Adapters merged into their base."""

import json

import pytest
import torch
from mmengine.config import Config
from safetensors.torch import load_file

from vl_runtime.errors import InputFileNotFoundError, InputValueError
from vlm_detector.export import export_folder, merge, merge_adapter
from vlm_detector.families import FAMILIES, cached_encoder


@pytest.mark.parametrize('family', sorted(FAMILIES))
def test_an_adapter_folder_is_merged_with_the_same_logits(family, adapted, tmp_path):
    model = adapted(family)
    export_folder(model, tmp_path / 'adapter', classes=['cat'])
    report = merge_adapter(tmp_path / 'adapter', tmp_path / 'merged')
    assert report.difference <= 1e-5
    assert report.dtype == 'float32'
    arguments = merge._probe(model.encoder)
    merged = FAMILIES[family].load_model(str(tmp_path / 'merged'))
    difference = merge._logits(model.vlm, arguments) - merge._logits(merged, arguments)
    assert difference.abs().max() <= 1e-5
    assert not any('lora' in name for name in merged.state_dict())
    # The processor came along: the merged folder is a complete model.
    cached_encoder(family, str(tmp_path / 'merged'))
    record = json.loads((tmp_path / 'merged' / 'prompt.json').read_text())
    assert record['classes'] == ['cat']
    with torch.no_grad():
        base = FAMILIES[family].load_model(model.source)
    assert (merge._logits(model.vlm, arguments) - merge._logits(base, arguments)).abs().max() > 1e-3


def checkpoint_of(model, path, **changes):
    """A checkpoint as the runner writes it, with its recipe inside."""
    config = {
        'type': 'VLMDetector',
        'family': model.family.name,
        'model': {'source': model.source.name, 'dtype': 'bfloat16'},
        'lora': {'rank': 2},
        **changes,
    }
    text = Config({'model': config}).pretty_text
    meta = {'cfg': text, 'dataset_meta': {'classes': ('cat', 'dog')}}
    torch.save({'state_dict': model.state_dict(), 'meta': meta}, path)
    return path


def test_a_checkpoint_is_merged_into_the_unquantised_base(adapted, tmp_path, monkeypatch):
    lines = []
    monkeypatch.setattr(merge, 'print_log', lambda text, *names: lines.append(text))
    path = checkpoint_of(adapted(), tmp_path / 'best.pth', quantization={'bits': 4})
    report = merge_adapter(path, tmp_path / 'merged', dtype='bfloat16')
    assert lines == ['The base was quantised in training; merging into the unquantised one.']
    assert report.difference <= 1e-5
    weights = load_file(tmp_path / 'merged' / 'model.safetensors')
    assert {weight.dtype for weight in weights.values()} == {torch.bfloat16}
    record = json.loads((tmp_path / 'merged' / 'prompt.json').read_text())
    assert record['classes'] == ['cat', 'dog']


def test_merged_weights_that_answer_otherwise_are_not_written(adapted, tmp_path, monkeypatch):
    export_folder(adapted(), tmp_path / 'adapter')
    monkeypatch.setattr(merge, 'LARGEST_DIFFERENCE', -1.0)
    with pytest.raises(
        InputValueError, match=r'expected merged weights with the same logits .* no'
    ):
        merge_adapter(tmp_path / 'adapter', tmp_path / 'merged')
    assert not (tmp_path / 'merged').exists()


def test_what_is_no_adapter_is_refused(adapted, tiny_folder, tmp_path):
    with pytest.raises(InputFileNotFoundError, match=r'no such adapter folder or checkpoint'):
        merge_adapter(tmp_path / 'nowhere', tmp_path / 'merged')
    (tmp_path / 'empty').mkdir()
    with pytest.raises(InputFileNotFoundError, match=r'found no adapter_config\.json in it'):
        merge_adapter(tmp_path / 'empty', tmp_path / 'merged')
    whole = checkpoint_of(adapted(with_lora=False), tmp_path / 'whole.pth', lora=None)
    with pytest.raises(InputValueError, match=r'was trained without LoRA, so there is nothing'):
        merge_adapter(whole, tmp_path / 'merged')
    torch.save({'state_dict': {'a': torch.zeros(1)}}, tmp_path / 'bare.pth')
    with pytest.raises(InputValueError, match=r'with its recipe inside, found none; give the ada'):
        merge_adapter(tmp_path / 'bare.pth', tmp_path / 'merged')


def test_an_adapter_without_or_of_another_base_is_refused(adapted, tiny_folder, tmp_path):
    folder = export_folder(adapted(), tmp_path / 'adapter')
    with pytest.raises(
        InputValueError,
        match=r'an adapter of qwen3_vl does not fit the base .* \(florence2\);',
    ):
        merge_adapter(folder, tmp_path / 'merged', base=str(tiny_folder('florence2')))
    larger = str(tiny_folder('qwen3_vl', 'demo'))
    with pytest.raises(InputValueError, match=r'does not fit the base model .*demo: ') as info:
        merge_adapter(folder, tmp_path / 'merged', base=larger)
    assert '\n' not in str(info.value)
    config = json.loads((folder / 'adapter_config.json').read_text())
    (folder / 'adapter_config.json').write_text(
        json.dumps({**config, 'base_model_name_or_path': None})
    )
    with pytest.raises(
        InputValueError, match=r'expected base_model_name_or_path, found none; name'
    ):
        merge_adapter(folder, tmp_path / 'merged')
