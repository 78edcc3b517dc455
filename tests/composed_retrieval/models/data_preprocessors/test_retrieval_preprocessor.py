import pytest
import torch
from mmengine.registry import MODELS

from composed_retrieval.models.data_preprocessors.retrieval_preprocessor import CLIP_MEAN, CLIP_STD


@pytest.fixture
def preprocessor():
    return MODELS.build(dict(type='RetrievalPreprocessor'))


def test_pixels_are_normalised_and_a_list_becomes_a_batch(preprocessor):
    picture = torch.full((3, 4, 4), 255, dtype=torch.uint8)
    batched = preprocessor({'inputs': {'image': [picture, picture]}, 'data_samples': []})
    stacked = preprocessor({'inputs': {'image': picture[None]}, 'data_samples': []})
    values = batched['inputs']['image']
    expected = (1 - torch.tensor(CLIP_MEAN)) / torch.tensor(CLIP_STD)
    assert values.shape == (2, 3, 4, 4)
    torch.testing.assert_close(values[0, :, 0, 0], expected)
    torch.testing.assert_close(stacked['inputs']['image'], values[:1])


def test_cached_tokens_stay_as_they_are(preprocessor):
    tokens = torch.rand(5, 8).half()
    values = preprocessor({'inputs': {'reference_tokens': [tokens, tokens]}})['inputs']
    assert values['reference_tokens'].dtype == torch.float16
    assert torch.equal(values['reference_tokens'], torch.stack([tokens, tokens]))


def test_pictures_of_two_sizes_are_one_clear_line(preprocessor):
    pictures = [torch.zeros(3, size, 4, dtype=torch.uint8) for size in (4, 5)]
    with pytest.raises(ValueError, match=r'target: expected one size in a batch, found \[\(3, 4'):
        preprocessor({'inputs': {'target': pictures}})


def test_pictures_that_are_not_uint8_are_refused(preprocessor):
    with pytest.raises(
        ValueError, match=r'image: expected uint8 RGB pictures, found torch\.float32'
    ):
        preprocessor({'inputs': {'image': torch.zeros(1, 3, 4, 4)}})
