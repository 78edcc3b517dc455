import json

import cv2
import numpy as np
import pytest
import torch

from vl_runtime.errors import InputFileNotFoundError, InputValueError
from vl_runtime.image_encoders import ClipImageEncoder, generate_image_prompts
from vl_runtime.text_encoders import HuggingCLIPLanguageBackbone


@pytest.fixture
def folder(tmp_path, pictures):
    """Three pictures, written in another order than that of their names."""
    path = tmp_path / 'pictures'
    path.mkdir()
    for name, picture in zip(('cup10', 'ball', 'cup2'), pictures):
        cv2.imwrite(str(path / f'{name}.png'), picture)
    (path / 'notes.txt').write_text('no picture')
    return path


@pytest.fixture
def boxes(tmp_path):
    """Write annotations of ``ball.png`` (80 x 32) and ``cup2.png`` (32 x 32)."""

    def write(annotations, categories=('round', 'flat')):
        content = {
            'images': [
                {'id': 1, 'file_name': 'ball.png', 'width': 32, 'height': 80},
                {'id': 2, 'file_name': 'cup2.png', 'width': 32, 'height': 32},
            ],
            'categories': [{'id': k + 1, 'name': name} for k, name in enumerate(categories)],
            'annotations': [
                dict(id=k, image_id=image, category_id=category, bbox=box, **extra)
                for k, (image, category, box, extra) in enumerate(annotations)
            ],
        }
        path = tmp_path / 'boxes.json'
        path.write_text(json.dumps(content))
        return path

    return write


def test_a_row_per_picture_in_order_of_names_and_the_background_last(
    whole_clip_folder, folder, pictures, tmp_path
):
    out = tmp_path / 'new' / 'prompts.npy'

    path, prompts = generate_image_prompts(str(whole_clip_folder), folder, out, device='cpu')

    rows = np.load(path)
    assert rows.shape == (4, 12) and rows.dtype == np.float32
    assert json.loads((tmp_path / 'new' / 'prompts.json').read_text()) == prompts.names
    assert prompts.names == ['ball', 'cup2', 'cup10', ' ']
    ball, cup2, cup10 = pictures[1], pictures[2], pictures[0]
    expected = ClipImageEncoder(str(whole_clip_folder)).encode([ball, cup2, cup10])
    np.testing.assert_allclose(rows[:3], expected, rtol=1e-4, atol=1e-5)
    text, _ = HuggingCLIPLanguageBackbone(str(whole_clip_folder), ['all'])([[' ']])
    np.testing.assert_allclose(rows[3], text[0, 0], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)


def test_equal_names_keep_their_suffix(whole_clip_folder, folder, pictures, tmp_path):
    cv2.imwrite(str(folder / 'ball.bmp'), pictures[0])

    _, prompts = generate_image_prompts(
        str(whole_clip_folder), folder, tmp_path / 'p.npy', device='cpu'
    )

    assert prompts.names == ['ball.bmp', 'ball.png', 'cup2', 'cup10', ' ']


def test_boxes_give_one_averaged_prompt_per_category(
    whole_clip_folder, folder, pictures, tmp_path, boxes
):
    annotations = [
        (1, 1, [2, 3, 20, 20], {}),
        (2, 1, [0, 0, 16, 30], {}),
        (2, 1, [0, 0, 30, 30], {'iscrowd': 1}),
        (2, 2, [10.5, 10.5, 40, 4], {}),
    ]

    path, prompts = generate_image_prompts(
        str(whole_clip_folder), folder, tmp_path / 'p.npy', boxes=boxes(annotations), device='cpu'
    )

    ball, cup2 = pictures[1], pictures[2]
    encoder = ClipImageEncoder(str(whole_clip_folder))
    parts = encoder.encode([ball[3:23, 2:22], cup2[0:30, 0:16]])
    expected = torch.nn.functional.normalize(parts.mean(0), dim=-1)
    assert prompts.names == ['round', 'flat', ' ']
    np.testing.assert_allclose(np.load(path)[0], expected, rtol=1e-4, atol=1e-5)
    flat = encoder.encode([cup2[10:15, 10:32]])[0]
    np.testing.assert_allclose(np.load(path)[1], flat, rtol=1e-4, atol=1e-5)


def test_a_category_without_a_box_is_named(whole_clip_folder, folder, tmp_path, boxes):
    path = boxes([(1, 1, [0, 0, 9, 9], {})])
    with pytest.raises(InputValueError, match="category 'flat' has no box to make a prompt of"):
        generate_image_prompts(
            str(whole_clip_folder), folder, tmp_path / 'p.npy', boxes=path, device='cpu'
        )
    assert not (tmp_path / 'p.npy').exists()


def test_a_missing_picture_of_the_annotations_is_named(whole_clip_folder, folder, tmp_path, boxes):
    (folder / 'ball.png').unlink()
    path = boxes([(1, 1, [0, 0, 9, 9], {})], categories=('round',))
    with pytest.raises(InputFileNotFoundError, match=r'ball\.png'):
        generate_image_prompts(
            str(whole_clip_folder), folder, tmp_path / 'p.npy', boxes=path, device='cpu'
        )


def test_a_folder_without_pictures_is_told(whole_clip_folder, tmp_path):
    with pytest.raises(InputValueError, match='expected at least one image'):
        generate_image_prompts(str(whole_clip_folder), tmp_path, tmp_path / 'p.npy', device='cpu')


def test_the_name_of_the_file_is_checked_before_the_model_is_loaded(tmp_path):
    with pytest.raises(InputValueError, match=r'p\.pth: expected a file name that ends in \.npy'):
        generate_image_prompts('nowhere', tmp_path, tmp_path / 'p.pth')
