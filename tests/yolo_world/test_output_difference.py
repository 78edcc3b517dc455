import cv2
import numpy as np
import pytest
import torch
from torch import nn

from vl_runtime.errors import InputValueError
from yolo_world.output_difference import OutputDifference, network_input, output_difference


class Constant(nn.Module):
    """One level: every logit and every distance has one value."""

    def __init__(self, logit, distance):
        super().__init__()
        self.values = logit, distance

    def forward(self, images, mode):
        assert mode == 'tensor'
        logit, distance = self.values
        return [torch.full((1, 3, 4, 4), logit)], [torch.full((1, 4, 4, 4), distance)]


def test_differences_are_in_scores_pixels_and_parts_of_the_largest_logit():
    images = torch.zeros(1, 3, 32, 32)

    found = output_difference(Constant(0.0, 1.0), Constant(-4.0, 1.5), images)

    assert found.scores == pytest.approx(0.5 - 1 / (1 + np.exp(4)))
    assert found.boxes == pytest.approx(0.5 * 8)
    assert found.logits == pytest.approx(4.0)
    assert not found.within()
    assert str(found) == 'scores 4.8e-01, boxes 4.0e+00 px, logits 4.0e+00'
    assert output_difference(Constant(-8.0, 1), Constant(-4.0, 1), images).logits == 0.5


def test_no_number_is_no_agreement():
    assert OutputDifference(0.0, 0.0, 0.0).within()
    assert not OutputDifference(float('nan'), 0.0, 0.0).within()


def test_more_than_rounding_is_told():
    OutputDifference(0.0, 0.0, 0.0).require_none('a.pth: the model')
    with pytest.raises(InputValueError, match=r'a.pth: the model differs .* boxes 2.0e\+00 px'):
        OutputDifference(0.0, 2.0, 0.0).require_none('a.pth: the model')


def test_a_picture_becomes_rgb_with_grey_borders(tmp_path):
    cv2.imwrite(str(tmp_path / 'blue.png'), np.full((20, 40, 3), (255, 0, 0), np.uint8))

    pixels = network_input(tmp_path / 'blue.png', 64)

    assert pixels.shape == (1, 3, 64, 64)
    assert pixels[0, :, 0, 0].tolist() == [0, 0, 1]
    torch.testing.assert_close(pixels[0, :, 40, 0], torch.full((3,), 114 / 255))


def test_the_drawn_picture_has_shapes():
    pixels = network_input(None, 96)

    assert pixels.shape == (1, 3, 96, 96)
    assert pixels.std() > 0.1
