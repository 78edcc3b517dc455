import cv2
import numpy as np
import pytest
import torch

from vl_runtime import image_prompts
from vl_runtime.errors import InputFileNotFoundError, InputValueError
from vl_runtime.image_prompts import prompt_features
from vl_runtime.inference import Predictor
from vl_runtime.text_encoders import HuggingCLIPLanguageBackbone, PseudoLanguageBackbone


class MeanColourEncoder:
    """Encodes a picture as its mean colour and zeros: (n, 12)."""

    width = 12

    def encode(self, images):
        colours = torch.tensor(np.stack([image.mean((0, 1)) for image in images]))
        return torch.nn.functional.pad(colours, (0, self.width - 3))


class TextBackbone(torch.nn.Module):
    def __init__(self, text_model):
        super().__init__()
        self.text_model = text_model

    def forward_text(self, texts):
        return self.text_model(texts)


class Detector(torch.nn.Module):
    """What image prompts look at in a detector."""

    def __init__(self, text_model):
        super().__init__()
        self.backbone = TextBackbone(text_model)
        self.vocabulary = None

    def set_vocabulary(self, texts, background=False, text_feats=None):
        self.vocabulary = (texts, background, text_feats)


class DetectorWithImageEncoder(Detector):
    def encode_image_prompts(self, images):
        return MeanColourEncoder().encode(images)


@pytest.fixture
def clip_detector(tiny_clip_folder):
    return Detector(HuggingCLIPLanguageBackbone(str(tiny_clip_folder), ['all']).eval())


def plain(*bgr):
    return np.full((4, 6, 3), bgr, np.uint8)


def test_texts_come_first_and_several_pictures_of_a_name_are_averaged(clip_detector):
    shown = {'blue': [plain(200, 0, 0)], 'mixed': [plain(9, 0, 0), plain(0, 90, 0)]}
    feats = prompt_features(clip_detector, ['dog'], shown, MeanColourEncoder())
    dog, _ = clip_detector.backbone.forward_text([['dog']])
    torch.testing.assert_close(feats[:1], dog[0])
    half = 0.5**0.5  # of the directions, whatever the brightness of the pictures
    torch.testing.assert_close(feats[1:, :3], torch.tensor([[1.0, 0, 0], [half, half, 0]]))
    torch.testing.assert_close(feats.norm(dim=1), torch.ones(3))


def test_the_predictor_looks_for_texts_and_pictures(clip_detector, tmp_path):
    cv2.imwrite(str(tmp_path / 'a.png'), plain(0, 0, 250))
    predictor = Predictor(clip_detector, pipeline=dict)
    predictor.set_image_prompts(
        {'red': [tmp_path / 'a.png']}, ['dog'], encoder=MeanColourEncoder(), background=True
    )
    assert predictor.texts == ('dog', 'red')
    texts, background, feats = clip_detector.vocabulary
    assert (texts, background, feats.shape) == (['dog', 'red'], True, (3, 12))
    blank, _ = clip_detector.backbone.forward_text([[' ']])
    torch.testing.assert_close(feats[2:], blank[0])
    assert feats[1, 2] == 1


def test_the_detectors_own_encoder_goes_first(tiny_clip_folder):
    detector = DetectorWithImageEncoder(HuggingCLIPLanguageBackbone(str(tiny_clip_folder)))
    feats = prompt_features(detector, [], {'red': [plain(0, 0, 250)]})
    assert feats[0, 2] == 1


def test_what_does_not_fit_together_is_named(clip_detector, tmp_path):
    shown = {'red': [plain(0, 0, 250)]}
    with pytest.raises(InputValueError, match='Detector has no image encoder; give the folder'):
        prompt_features(clip_detector, [], shown)
    wide = MeanColourEncoder()
    wide.width = 20
    with pytest.raises(InputValueError, match=r'expected features of width 12.*found 20'):
        prompt_features(clip_detector, [], shown, wide)
    with pytest.raises(
        InputValueError, match=r'expected a detector whose text encoder is CLIP.*none'
    ):
        prompt_features(torch.nn.Identity(), [], shown, MeanColourEncoder())
    with pytest.raises(InputValueError, match="image prompt 'red': expected at least one picture"):
        prompt_features(clip_detector, [], {'red': []}, MeanColourEncoder())
    predictor = Predictor(clip_detector, pipeline=dict)
    with pytest.raises(InputValueError, match='red'):
        predictor.set_image_prompts(shown, ['red'], encoder=MeanColourEncoder())
    with pytest.raises(InputFileNotFoundError, match=r'no\.png'):
        predictor.set_image_prompts({'red': [tmp_path / 'no.png']}, encoder=MeanColourEncoder())


def test_precomputed_texts_are_taken_with_a_warning(tmp_path, monkeypatch):
    lines = []
    monkeypatch.setattr(image_prompts, 'print_log', lambda text, *args: lines.append(text))
    torch.save({'dog': torch.eye(12)[0]}, tmp_path / 'texts.pth')
    detector = Detector(PseudoLanguageBackbone(str(tmp_path / 'texts.pth')))
    feats = prompt_features(detector, ['dog'], {'r': [plain(0, 0, 9)]}, MeanColourEncoder())
    assert feats.shape == (2, 12)
    assert len(lines) == 1 and 'cannot be checked here' in lines[0]
