"""What the retrieval tab does, without a page: a picture and a change in, pictures out."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate

from composed_retrieval.datasets.transforms.cached_tokens import picture_steps
from composed_retrieval.datasets.transforms.load_pictures import pixel_boxes
from composed_retrieval.engine.feature_extraction import gallery_features
from composed_retrieval.ranking.gallery_ranking import rank_gallery
from vl_runtime import launch
from vl_runtime.boxes import clip_xyxy
from vl_runtime.checkpoints import unwrap
from vl_runtime.errors import InputKeyError, InputValueError
from vl_runtime.image_files import read_image
from vl_runtime.torch_device import torch_device

_SIDE = 320  # pixels of a picture on the page


@dataclass(frozen=True)
class FoundPicture:
    """A place of the ranking.

    Attributes:
        name: of the picture.
        score: cosine, -1..1.
    """

    name: str
    score: float


class RetrievalService:
    """Ranks the gallery of a recipe's test data for any visitors, one at a time.

    Args:
        config: a recipe whose test loop is ``GalleryQueryTestLoop``.
        checkpoint: weights that were trained with it.
        work_dir: of the log, and of the gallery's features, which are kept there for the next
            start with the same weights.
        device: see ``torch_device``.
        trust_checkpoint: see ``launch.test``.
    """

    def __init__(
        self,
        config: Config,
        checkpoint: str | Path,
        work_dir: str | Path | None = None,
        *,
        device: str = 'auto',
        trust_checkpoint: bool = False,
    ) -> None:
        chosen = torch_device(device)
        options = {'work_dir': work_dir, 'trust_checkpoint': trust_checkpoint}
        with launch.opened_for_test(config, checkpoint, **options) as runner:
            loop, self._model = runner.test_loop, unwrap(runner.model).to(chosen)
            self._queries = loop.dataloader.dataset
            load, fit, *rest = self._queries.pipeline.transforms
            picture_steps([load, fit], type(self._queries).__name__)
            self._steps = [fit, *rest]
            index = Path(runner.work_dir) / 'page_index'
            self._names, self._features = gallery_features(
                self._model, loop.gallery_dataloader, index
            )
        self._model.eval()
        self._lock = threading.Lock()

    @property
    def galleries(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(self._queries.galleries)

    @property
    def reads_boxes(self) -> bool:
        """Whether a region of the reference has an effect."""
        return self._model.box_attention is not None

    def references(self, number: int) -> list[str]:
        """Names of the first different references of the data set's queries."""
        names = dict.fromkeys(query.reference for query in self._queries.queries)
        return list(names)[:number]

    def example_texts(self, number: int) -> list[str]:
        """Captions of the first queries."""
        return [query.caption for query in self._queries.queries[:number]]

    def picture(self, name: str) -> np.ndarray:
        """A gallery's picture, (H, W, 3) uint8 RGB.

        Raises:
            InputKeyError: there is none of this name.
        """
        path = self._queries.images.get(name)
        if path is None:
            raise InputKeyError(f'The gallery has no picture {name!r}.')
        return np.ascontiguousarray(read_image(str(path))[..., ::-1])

    def thumbnail(self, name: str) -> np.ndarray:
        """``picture`` with a long side of 320 pixels."""
        image = self.picture(name)
        return resized(image, display_scale(image))

    def search(
        self,
        image: np.ndarray | None,
        text: str,
        *,
        box: Sequence[float] | None = None,
        reference: str | None = None,
        gallery: str | None = None,
        number: int = 10,
    ) -> list[FoundPicture]:
        """The best pictures, best first.

        Args:
            image: (H, W, 3) uint8 RGB; None when there is none yet.
            text: what to change.
            box: region that is meant, xyxy in pixels of ``image``.
            reference: name of ``image``, if it is of the gallery: it is left out.
            gallery: one of ``galleries``; by default the first.
            number: of pictures.

        Raises:
            InputValueError: no picture, no text, or a box without area.
        """
        if image is None:
            raise InputValueError('There is no reference yet: choose or upload a picture.')
        if not (text or '').strip():
            raise InputValueError('There is no text yet: write what to change.')
        batch = self._batch(image, text, box)
        names = self._queries.galleries[gallery or self.galleries[0]]
        position = {name: index for index, name in enumerate(self._names)}
        members = np.array([position[name] for name in names])
        with self._lock, torch.no_grad():
            data = self._model.data_preprocessor(batch, False)
            query = self._model(data['inputs'], data['data_samples'], mode='tensor')
            ranking = rank_gallery(query.cpu(), self._features, number + 1, members=members)
        found = [
            FoundPicture(names[index], score)
            for index, score in zip(ranking.indices[0].tolist(), ranking.scores[0].tolist())
            if names[index] != reference
        ]
        return found[:number]

    def _batch(self, image: np.ndarray, text: str, box: Sequence[float] | None) -> dict[str, Any]:
        height, width = image.shape[:2]
        picture = {'img_path': 'the reference', 'name': '', 'region_xyxy': _ordered(box, image)}
        side = {
            **picture,
            'img': image,
            'ori_wh': (width, height),
            'boxes_xyxy': pixel_boxes(picture, (width, height)),
        }
        item = {'query_id': 'of the page', 'caption': text, 'captions': (), 'reference': side}
        for step in self._steps:
            item = step(item)
        return pseudo_collate([item])


def display_scale(image: np.ndarray) -> float:
    """The factor that makes the long side 320 pixels."""
    return _SIDE / max(image.shape[:2])


def resized(image: np.ndarray, scale: float) -> np.ndarray:
    """A picture times ``scale``."""
    method = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=method)


def _ordered(box: Sequence[float] | None, image: np.ndarray) -> tuple[float, ...] | None:
    """Two corners as a box inside the picture; InputValueError if it has no area."""
    if box is None:
        return None
    x1, x2 = sorted(box[0::2])
    y1, y2 = sorted(box[1::2])
    height, width = image.shape[:2]
    clipped = clip_xyxy(np.array([[x1, y1, x2, y2]], dtype=np.float64), width, height)[0]
    if (clipped[2:] - clipped[:2] < 1).any():
        raise InputValueError('The region has no area: choose two corners that lie apart.')
    return tuple(clipped.tolist())
