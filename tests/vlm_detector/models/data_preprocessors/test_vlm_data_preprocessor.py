"""From the loader to the device of the model."""

import pytest
import torch
from mmengine.registry import MODELS

from vl_runtime.errors import InputValueError
from vlm_detector.families import FAMILIES


@pytest.mark.parametrize('family', sorted(FAMILIES))
def test_pixels_are_cast_and_nothing_is_stacked(family, batch_of):
    items, batch = batch_of(family)
    preprocessor = MODELS.build({'type': 'VLMDataPreprocessor', 'pixel_dtype': 'bfloat16'})
    inputs = preprocessor(batch, True)['inputs']
    assert inputs['pixel_values'].dtype == torch.bfloat16
    assert inputs['pixel_values'].shape == batch['inputs']['pixel_values'].shape
    assert torch.equal(inputs['input_ids'], batch['inputs']['input_ids'])
    lists = preprocessor({'inputs': [i['inputs'] for i in items], 'data_samples': []})['inputs']
    assert [one['image'].pixel_values.dtype for one in lists] == [torch.bfloat16] * 3
    # mmengine.pseudo_collate makes a dict of lists of it.
    images = [item['inputs']['image'] for item in items]
    collated = preprocessor({'inputs': {'image': images}, 'data_samples': []})['inputs']
    assert [one['image'].num_tokens for one in collated] == [i.num_tokens for i in images]


def test_a_batch_without_token_types_is_refused_for_qwen2_5_too(batch_of):
    _, batch = batch_of('qwen2_5_vl')
    del batch['inputs']['mm_token_type_ids']
    preprocessor = MODELS.build({'type': 'VLMDataPreprocessor'})
    with pytest.raises(InputValueError, match=r'expected mm_token_type_ids beside image_grid_thw'):
        preprocessor(batch, True)


def test_an_unknown_precision_is_refused():
    with pytest.raises(InputValueError, match=r"pixel_dtype: expected one of .*, found 'int8'"):
        MODELS.build({'type': 'VLMDataPreprocessor', 'pixel_dtype': 'int8'})
