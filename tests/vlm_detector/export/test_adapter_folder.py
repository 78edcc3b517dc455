"""Exported weights open without this toolkit and give the same logits."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from vlm_detector.export import export_folder
from vlm_detector.families import FAMILIES

READ = """
import sys, torch
from peft import PeftModel
from transformers import AutoModelForImageTextToText, AutoProcessor
base, folder, file = sys.argv[1:]
arguments, expected = torch.load(file)
model = AutoModelForImageTextToText.from_pretrained(base)
if base != folder:
    model = PeftModel.from_pretrained(model, folder)
AutoProcessor.from_pretrained(folder)
with torch.no_grad():
    found = model.eval()(**arguments, use_cache=False).logits
assert not any(name.split('.')[0] in ('vlm_detector', 'vl_runtime') for name in sys.modules)
print('difference', float((found - expected).abs().max()))
"""


def logits_file(model, path):
    """Arguments of a call and the logits that the detector gives."""
    pixels = np.random.default_rng(0).integers(0, 255, (70, 100, 3), dtype=np.uint8)
    image = model.encoder.encode_image(pixels)
    item = {
        'image': image,
        'prompt_ids': model.encoder.prompt_ids('Where?', image),
        'answer_ids': model.encoder.answer_ids('cat'),
    }
    arguments = model.encoder.batch([item])
    arguments.pop('labels')
    with torch.no_grad():
        torch.save((arguments, model.vlm(**arguments, use_cache=False).logits), path)
    return path


def read_elsewhere(base, folder, file):
    """What a process without our packages prints."""
    environment = {key: value for key, value in os.environ.items() if key != 'PYTHONPATH'}
    command = [sys.executable, '-c', READ, str(base), str(folder), str(file)]
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.parametrize(
    'family',
    [
        pytest.param(family, marks=pytest.mark.slow)
        for family in ('qwen3_vl', 'qwen2_5_vl', 'florence2')
    ],
)
def test_plain_peft_gives_identical_logits(family, adapted, tmp_path):
    lora = {'parts': ['language', 'vision'], 'dora': family == 'qwen3_vl'}
    model = adapted(family, trainable=['projector'], **lora)
    folder = export_folder(model, tmp_path / 'adapter', classes=['cat'])
    file = logits_file(model, tmp_path / 'logits.pt')
    assert 'difference 0.0' in read_elsewhere(model.source.folder, folder, file)


@pytest.mark.slow
def test_a_whole_training_exports_a_model_folder(adapted, tmp_path):
    model = adapted(with_lora=False)
    folder = export_folder(model, tmp_path / 'model')
    file = logits_file(model, tmp_path / 'logits.pt')
    assert 'difference 0.0' in read_elsewhere(folder, folder, file)


@pytest.mark.parametrize('family', sorted(FAMILIES))
def test_the_folder_tells_how_to_ask(family, adapted, tmp_path):
    model = adapted(family)
    folder = export_folder(
        model,
        tmp_path / 'adapter',
        classes=['cat', 'dog'],
        config_text='answer = 42\n',
        measured={'coco/bbox_mAP': 0.5},
    )
    record = json.loads((folder / 'prompt.json').read_text())
    assert record['family'] == family
    assert record['classes'] == ['cat', 'dog']
    assert record['codec']['name'] == model.family.codec_name
    assert record['pixels'] == model.encoder.pixel_settings()
    assert record['prompts']['detection']['text'] == model.prompts.for_task('detection').text
    assert record['score'] == 'label_coordinates'
    config = json.loads((folder / 'adapter_config.json').read_text())
    assert config['base_model_name_or_path'] == model.source.folder
    assert (folder / 'config.py').read_text() == 'answer = 42\n'
    card = (folder / 'README.md').read_text()
    assert 'Classes: cat, dog' in card and '- coco/bbox_mAP: 0.5' in card
    assert 'PeftModel.from_pretrained(base' in card


def test_an_older_folder_is_replaced_as_a_whole(adapted, tmp_path):
    folder = tmp_path / 'adapter'
    folder.mkdir()
    (folder / 'old.txt').write_text('old')
    export_folder(adapted(), folder)
    assert not (folder / 'old.txt').exists()
    assert [path.name for path in tmp_path.iterdir()] == ['adapter']
