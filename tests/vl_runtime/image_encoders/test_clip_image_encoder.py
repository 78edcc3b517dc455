import numpy as np
import pytest
import torch

from vl_runtime.errors import InputFileNotFoundError, InputValueError
from vl_runtime.image_encoders import ClipImageEncoder


def test_embeddings_equal_those_of_transformers_with_its_own_preparation(
    whole_clip_folder, pictures
):
    from PIL import Image
    from transformers import CLIPModel
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    processor = CLIPImageProcessorPil(
        size={'shortest_edge': 32}, crop_size={'height': 32, 'width': 32}
    )
    model = CLIPModel.from_pretrained(whole_clip_folder).eval()
    images = [Image.fromarray(picture[..., ::-1]) for picture in pictures]
    pixels = processor(images, return_tensors='pt')['pixel_values']
    with torch.no_grad():
        states = model.vision_model(pixel_values=pixels).pooler_output
        expected = torch.nn.functional.normalize(model.visual_projection(states), dim=-1)

    found = ClipImageEncoder(str(whole_clip_folder)).encode(pictures)

    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4)


def test_rows_are_unit_vectors_and_independent_of_the_batch(whole_clip_folder, pictures):
    at_once = ClipImageEncoder(str(whole_clip_folder)).encode(pictures)
    one_by_one = ClipImageEncoder(str(whole_clip_folder), batch_size=1).encode(pictures)

    assert at_once.shape == (3, 12)
    torch.testing.assert_close(at_once.norm(dim=1), torch.ones(3))
    torch.testing.assert_close(at_once, one_by_one)


def test_no_picture_gives_no_row(whole_clip_folder):
    assert ClipImageEncoder(str(whole_clip_folder)).encode([]).shape == (0, 12)


@pytest.mark.parametrize(
    'image',
    [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8), 'a.png'],
)
def test_something_else_than_a_picture_is_told(whole_clip_folder, image):
    encoder = ClipImageEncoder(str(whole_clip_folder))
    with pytest.raises(InputValueError, match=r'image prompt 1: expected an array .* found'):
        encoder.encode([np.zeros((4, 4, 3), np.uint8), image])


def test_a_missing_folder_is_told():
    with pytest.raises(InputFileNotFoundError, match=r'image encoder .* no such folder'):
        ClipImageEncoder('./nowhere/clip')


def test_a_text_model_is_no_image_encoder(tiny_clip_folder):
    with pytest.raises(InputValueError, match='image encoder'):
        ClipImageEncoder(str(tiny_clip_folder))
