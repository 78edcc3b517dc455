import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from vl_runtime.compat.optional import available
from vl_runtime.compat.ultralytics_tasks import ultralytics_tasks


@pytest.mark.skipif(not available('ultralytics'), reason='ultralytics is not installed')
def test_other_packages_stay_as_they_were(tmp_path, monkeypatch):
    monkeypatch.setenv('YOLO_CONFIG_DIR', str(tmp_path))
    before = [Image.open, torch.save, torch.load, cv2.imread, cv2.imwrite, cv2.getNumThreads()]
    printed = repr(np.array([0.5, 1.25])), repr(torch.tensor([0.5, 1.25]))

    assert ultralytics_tasks().DetectionModel.__name__ == 'DetectionModel'

    after = [Image.open, torch.save, torch.load, cv2.imread, cv2.imwrite, cv2.getNumThreads()]
    assert after == before
    assert (repr(np.array([0.5, 1.25])), repr(torch.tensor([0.5, 1.25]))) == printed
