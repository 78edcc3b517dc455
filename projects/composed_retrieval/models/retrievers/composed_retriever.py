"""Reference picture and text -> a vector that is close to the target picture's."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from mmengine.model import BaseModel
from mmengine.registry import MODELS, TASK_UTILS
from mmengine.structures import BaseDataElement
from torch import Tensor, nn

from composed_retrieval.models.layers.qformer_parts import QFormerSettings, build_qformer
from composed_retrieval.models.layers.qformer_passes import QFormerPasses, TextTokens
from composed_retrieval.models.layers.unit_vectors import unit_vectors
from composed_retrieval.models.losses.region_features import RegionFeatures, RegionPairs
from composed_retrieval.models.losses.relative_contrastive_loss import (
    ContrastedPictures,
    alignment_loss,
)
from composed_retrieval.models.retrievers.batch_content import (
    BatchContent,
    boxes_or_none,
    side_boxes,
    target_identities,
    with_boxes,
)
from composed_retrieval.models.retrievers.batch_content import captions as captions_of
from composed_retrieval.models.retrievers.pretrained_start import load_pretrained
from composed_retrieval.weights import check_backbone
from vl_runtime.errors import InputKeyError, InputValueError
from vl_runtime.text_encoders.parameter_fingerprint import ParameterFingerprint

# B pairs, T = 1 + g * g image tokens (class token first), C width of the trunk, K tokens of a
# picture, D width of features, H width of the Q-Former

START_TEMPERATURE = 0.07
TEMPERATURE_RANGE = (0.01, 0.5)
LOSS_WEIGHTS = {'itc': 1.0, 'rtc': 0.4, 'align': 0.4, 'region': 0.5}
# What features of a gallery do not depend on.
_NOT_OF_PICTURES = (
    'embeddings.', 'text_projection.', 'itm_head.', 'temp', 'prompt_tokens', 'region_loss.',
    'box_attention.',
)  # fmt: skip


@dataclass(frozen=True)
class QueryReading:
    """What is read from reference and text.

    Attributes:
        text: the tokens.
        prompt: (B, K, H), the sentence-level prompt.
        feature: (B, D), L2-normalised.
    """

    text: TextTokens
    prompt: Tensor
    feature: Tensor


@MODELS.register_module()
class ComposedRetriever(BaseModel):
    """SPRC on the parts of BLIP-2: four Q-Former passes over a frozen image trunk.

    Weights have transformers' names for ``Blip2ForImageTextRetrieval``, and ``temp`` and
    ``prompt_tokens`` beside them. Trained: Q-Former, text embeddings, projections, query and
    prompt tokens, temperature, and the trunk's last layer norm.

    Losses, of pairs in a batch over all processes: ``loss_itc`` query to target, ``loss_rtc``
    the text with the learned prompt to target, ``loss_align`` mean prompt to mean learned
    prompt, ``loss_region`` of ``region_loss``; each times its weight.

    Args:
        trunk: registry dict of the image encoder, such as ``BLIP2Trunk``.
        qformer: values of ``QFormerSettings``.
        tokenizer: registry dict: ``PretrainedTokenizer`` or ``WordListTokenizer``.
        pretrained: what training starts from: a hub name such as Salesforce/blip2-itm-vit-g, a
            folder or a file, in the layout of transformers, LAVIS or SPRC (``read_weights``).
        loss_weights: of ``itc``, ``rtc``, ``align``, ``region``; those left out are the
            published 1, 0.4, 0.4, 0.5.
        region_loss: registry dict, such as ``RegionContrastLoss``; None: no such loss.
        box_attention: registry dict, such as ``BoxAttention``; None: boxes of the reference
            don't change what is read from it.
        use_text: False replaces every text by the empty one, in training and test: what
            pictures alone can do.
        mask_same_target: pairs with the same target picture are no negatives of each other.
        data_preprocessor: registry dict.
        init_cfg: mmengine's.

    Raises:
        InputKeyError: an unknown loss or key of ``qformer``.
        InputValueError: more entries in the tokenizer than in the text embeddings.

    Source: SPRC, arXiv:2310.05473; BLIP-2, arXiv:2301.12597.
    """

    def __init__(
        self,
        trunk: dict[str, Any],
        qformer: Mapping[str, Any],
        *,
        tokenizer: dict[str, Any],
        pretrained: str | None = None,
        loss_weights: Mapping[str, float] | None = None,
        region_loss: dict[str, Any] | None = None,
        box_attention: dict[str, Any] | None = None,
        use_text: bool = True,
        mask_same_target: bool = False,
        data_preprocessor: dict[str, Any] | None = None,
        init_cfg: Any = None,
    ) -> None:
        super().__init__(data_preprocessor or {'type': 'RetrievalPreprocessor'}, init_cfg)
        settings = QFormerSettings.of(qformer)
        self.tokenizer = TASK_UTILS.build(tokenizer)
        _check_vocabulary(self.tokenizer.num_entries, settings.vocab_size)
        self.pretrained = pretrained
        self.loss_weights = _checked_weights(loss_weights or {})
        self.use_text = use_text
        self.mask_same_target = mask_same_target
        self.vision_model = MODELS.build(trunk)
        parts = build_qformer(settings, self.vision_model.width)
        self.query_tokens = parts.query_tokens
        self.embeddings = parts.embeddings
        self.qformer = parts.qformer
        self.vision_projection = parts.vision_projection
        self.text_projection = parts.text_projection
        self.itm_head = parts.itm_head
        self.temp = nn.Parameter(torch.tensor(START_TEMPERATURE))
        prompt_tokens = torch.randn_like(parts.query_tokens) * settings.initializer_range
        self.prompt_tokens = nn.Parameter(prompt_tokens)
        widths = {
            'image_width': self.vision_model.width,
            'feature_width': settings.projection_dim,
        }
        self.region_loss = region_loss and MODELS.build(region_loss, default_args=widths)
        width = {'width': settings.hidden_size}
        self.box_attention = box_attention and MODELS.build(box_attention, default_args=width)
        self._trunk_print = ParameterFingerprint(ignored=('post_layernorm.',))
        self._picture_print = ParameterFingerprint(ignored=_NOT_OF_PICTURES)

    def init_weights(self) -> None:
        """Load ``pretrained``; all else is initialised by the constructor.

        Raises:
            InputFileNotFoundError, InputValueError: it can't be read, is of another backbone,
                or lacks weights.
        """
        if self.pretrained is not None and not self._is_init:
            load_pretrained(self, self.pretrained)
        self._is_init = True

    def check_weights(self, weights: Mapping[str, Tensor], source: str) -> None:
        """Refuse a checkpoint of another backbone, before anything of it is loaded.

        Raises:
            InputValueError: one line with both shapes.
        """
        check_backbone(self.state_dict(), weights, source)

    @property
    def temperature(self) -> Tensor:
        """``temp`` within its range; outside of it the gradient still moves it back."""
        temp = self.temp.float()
        return temp + (temp.clamp(*TEMPERATURE_RANGE) - temp).detach()

    def forward(
        self, inputs: Mapping[str, Tensor], data_samples: Sequence[BaseDataElement], mode: str
    ) -> dict[str, Tensor] | Tensor:
        """Losses of pairs, or features.

        Args:
            inputs: what ``RetrievalPreprocessor`` gives: ``reference``, ``target`` or ``image``
                as pixels, or ``<side>_tokens`` of a cache.
            data_samples: of ``PackPictures``.
            mode: ``loss``; or ``tensor``: (B, K, D) of gallery pictures, (B, D) of queries.

        Raises:
            InputValueError: another mode; or what the mode needs is not in the batch.
        """
        content = BatchContent(inputs, self.vision_model)
        if mode == 'loss':
            return self.loss(content, data_samples)
        if mode != 'tensor':
            raise InputValueError(
                f"ComposedRetriever: expected mode 'loss' or 'tensor', found {mode!r}; rankings "
                'need the whole gallery, so validation takes GalleryQueryValLoop.'
            )
        if content.has('image'):
            return self.target_features(content.tokens('image'))
        tokens, boxes = content.tokens('reference'), side_boxes(data_samples, 'reference')
        return self.query_features(tokens, captions_of(data_samples), boxes)

    def image_tokens(self, pixels: Tensor) -> Tensor:
        """(B, T, C) of normalised pixels (B, 3, S, S), before the trained layer norm."""
        return self.vision_model(pixels)

    def target_features(self, tokens: Tensor) -> Tensor:
        """(B, K, D), L2-normalised, of image tokens (B, T, C)."""
        return self._picture_features(self.vision_model.normalised(tokens))

    def query_features(
        self, tokens: Tensor, texts: Sequence[str], boxes: Sequence[Tensor] | None = None
    ) -> Tensor:
        """(B, D), L2-normalised.

        Args:
            tokens: (B, T, C) of the references.
            texts: B cleaned captions.
            boxes: regions that are meant, (n, 4) xyxy in pixels of the input for each
                reference; without ``box_attention`` they have no effect.
        """
        return self._read_query(self.vision_model.normalised(tokens), texts, boxes).feature

    def trunk_fingerprint(self) -> str:
        """A digest of what image tokens depend on: frozen weights and pixel normalisation."""
        return self._with_normalisation(self._trunk_print.of(self.vision_model))

    def fingerprint(self) -> str:
        """A digest of all weights that features of a gallery depend on."""
        return self._with_normalisation(self._picture_print.of(self))

    def loss(
        self, content: BatchContent, data_samples: Sequence[BaseDataElement]
    ) -> dict[str, Tensor]:
        """The weighted losses of a batch of pairs."""
        # Features of everything first and then what the processes exchange, so that all of them
        # exchange in the same order in the backward pass too.
        image = {side: content.normalised(side) for side in ('reference', 'target')}
        boxes = {side: side_boxes(data_samples, side) for side in image}
        query = self._read_query(image['reference'], captions_of(data_samples), boxes['reference'])
        auxiliary = self._passes.auxiliary_text(self.prompt_tokens, query.text)
        auxiliary = unit_vectors(self.text_projection(auxiliary))
        features = self._picture_features(image['target'])
        regions = self._region_features(image, boxes, query.feature)

        identities = target_identities(data_samples) if self.mask_same_target else None
        pictures = ContrastedPictures.of_all_processes(features, identities)
        weights, temperature = self.loss_weights, self.temperature
        align = alignment_loss(query.prompt, self.prompt_tokens, pictures.rows)
        losses = {
            'loss_itc': weights['itc'] * pictures.loss(query.feature, temperature),
            'loss_rtc': weights['rtc'] * pictures.loss(auxiliary, temperature),
            'loss_align': weights['align'] * align,
        }
        if regions is not None:
            own = None if identities is None else identities[with_boxes(boxes)]
            region = self.region_loss.loss(regions, own)
            losses['loss_region'] = weights['region'] * region.value
            losses['num_region_pairs'] = features.new_tensor(region.num_pairs)
        return losses

    def _region_features(
        self, image: Mapping[str, Tensor], boxes: Mapping[str, Sequence[Tensor]], queries: Tensor
    ) -> RegionFeatures | None:
        if self.region_loss is None:
            return None
        chosen = with_boxes(boxes)
        pairs = RegionPairs(
            num_tokens=self.query_tokens.shape[1],
            reference=image['reference'][chosen],
            target=image['target'][chosen],
            reference_boxes=[boxes['reference'][index] for index in chosen],
            target_boxes=[boxes['target'][index] for index in chosen],
            queries=queries[chosen],
            grid=self.vision_model.grid,
            read_picture=self._picture_features,
        )
        return self.region_loss(pairs)

    @property
    def _passes(self) -> QFormerPasses:
        return QFormerPasses(self.embeddings, self.qformer, self.query_tokens)

    def _picture_features(self, image: Tensor, token_mask: Tensor | None = None) -> Tensor:
        return unit_vectors(self.vision_projection(self._passes.picture(image, token_mask)))

    def _read_query(
        self, image: Tensor, texts: Sequence[str], boxes: Sequence[Tensor] | None
    ) -> QueryReading:
        texts = list(texts) if self.use_text else [''] * len(texts)
        text = self.tokenizer(texts, image.device)
        bias = None
        if self.box_attention is not None:
            boxes = boxes_or_none(boxes, len(texts), image.device)
            grid = self.vision_model.grid
            bias = self.box_attention(self._passes, image, text, boxes=boxes, grid=grid)
        prompt = self._passes.sentence_prompt(image, text, bias)
        states = self._passes.prompted_text(prompt, text)
        return QueryReading(text, prompt, unit_vectors(self.text_projection(states)))

    def _with_normalisation(self, digest: str) -> str:
        preprocessor = self.data_preprocessor
        values = torch.cat([preprocessor.mean.flatten(), preprocessor.std.flatten()]).tolist()
        return hashlib.sha256(f'{digest}|{values}'.encode()).hexdigest()


def _checked_weights(weights: Mapping[str, float]) -> dict[str, float]:
    unknown = [name for name in weights if name not in LOSS_WEIGHTS]
    if unknown:
        raise InputKeyError(
            f'model.loss_weights: expected keys among {", ".join(LOSS_WEIGHTS)}, found '
            f'{unknown[0]!r}.'
        )
    return {**LOSS_WEIGHTS, **weights}


def _check_vocabulary(num_entries: int, vocab_size: int) -> None:
    if num_entries > vocab_size:
        raise InputValueError(
            f'model.qformer.vocab_size: expected at least {num_entries}, the entries of the '
            f'tokenizer, found {vocab_size}.'
        )
