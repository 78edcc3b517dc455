import pytest
import torch

from vl_runtime.errors import InputValueError
from vl_runtime.image_encoders import mix_prompts

TEXT, IMAGE = torch.tensor([[2.0, 0.0]]), torch.tensor([[0.0, 3.0]])


def test_mean_of_unit_vectors_has_unit_length():
    half = 0.5**0.5
    torch.testing.assert_close(mix_prompts(TEXT, IMAGE), torch.tensor([[half, half]]))


def test_the_weight_goes_from_text_to_image():
    torch.testing.assert_close(mix_prompts(TEXT, IMAGE, 0.0), torch.tensor([[1.0, 0.0]]))
    torch.testing.assert_close(mix_prompts(TEXT, IMAGE, 1.0), torch.tensor([[0.0, 1.0]]))


def test_different_numbers_of_prompts_are_told():
    with pytest.raises(InputValueError, match=r'found shapes \(1, 2\) and \(2, 2\)'):
        mix_prompts(TEXT, torch.ones(2, 2))


def test_a_weight_outside_its_range_is_told():
    with pytest.raises(InputValueError, match=r'image_weight: expected 0\.\.1, found 2'):
        mix_prompts(TEXT, IMAGE, 2)
