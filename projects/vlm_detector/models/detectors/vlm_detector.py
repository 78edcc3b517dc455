"""A vision-language model that answers boxes as text, as a detector of the runner.

Letters: B conversations, L tokens, N labelled tokens, V vocabulary.
"""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine.registry import MODELS
from torch import Tensor, nn
from torch.nn.modules.module import _IncompatibleKeys

from vl_runtime.errors import InputValueError
from vlm_detector.families.batching import labelled_positions
from vlm_detector.families.cached_encoder import cached_encoder
from vlm_detector.families.known_families import family_of
from vlm_detector.families.model_source import locate_source
from vlm_detector.models.adapters.lora import BASE_PREFIX
from vlm_detector.models.adapters.prepared_model import enable_checkpointing, prepare_model
from vlm_detector.models.detectors.adapter_switch import switched_adapter
from vlm_detector.models.detectors.adapter_weights import SAMPLE_KEY, check_adapter_weights
from vlm_detector.models.detectors.memory_errors import memory_errors
from vlm_detector.models.detectors.model_settings import check_model_settings
from vlm_detector.models.detectors.picture_tokens import (
    grounded_pictures,
    kept_embeddings,
    number_tokens,
    text_embeddings,
)
from vlm_detector.models.detectors.position_table import check_positions
from vlm_detector.models.detectors.text_box_detector import TextBoxDetector
from vlm_detector.models.losses.token_loss import token_nll


@MODELS.register_module()
class VLMDetector(TextBoxDetector):
    """Pretrained model, adapters, codec and decoding in one.

    Three modes: ``loss`` takes a batch of ``vlm_train_collate``, ``tensor`` the same and gives
    logits, ``predict`` takes lists (``inputs``: dicts with ``image``; ``data_samples``) and
    fills ``pred_instances``.

    A checkpoint holds what trains and a sample of the frozen base: ``state_dict`` has no other
    keys, and loading refuses an adapter of another base or rank.

    Args:
        model: ``source`` (a folder or a hub name), ``revision``, ``dtype``,
            ``attn_implementation``, ``min_pixels``, ``max_pixels``; see ``Family``.
        family: 'qwen3_vl', 'qwen2_5_vl' or 'florence2'.
        codec: registry dict of a box codec; the family's by default.
        prompts: arguments of ``PromptLibrary``; those of the training pipeline.
        lora: arguments of ``add_lora``, or None.
        quantization: of ``quantization_config``, or None.
        trainable: parts that train as a whole, see ``prepare_model``.
        gradient_checkpointing: less memory, about a third more time.
        coordinate_weight: of coordinate tokens in the loss; the others have 1.
        auxiliary: registry dict of a loss of the picture tokens (``TokenGroundingLoss``), or
            None. Its layers train and are saved, prediction and export leave them out.
        decode: registry dict of the generation engine.
        score: how a box gets its score, see ``box_scores``.
        test_cfg: ``max_per_img``, boxes that an answer may have; ``classes_per_prompt``,
            longer class lists are asked for in parts; ``task``, of samples that have none.
        data_preprocessor: registry dict.

    Raises:
        InputKeyError, InputValueError, InputFileNotFoundError: an argument or a model that
            can't be used, in one line.
    """

    def __init__(
        self,
        model: Mapping[str, Any],
        family: str,
        *,
        codec: dict | None = None,
        prompts: Mapping[str, Any] | None = None,
        lora: Mapping[str, Any] | None = None,
        quantization: Mapping[str, Any] | None = None,
        trainable: Sequence[str] | None = None,
        gradient_checkpointing: bool = False,
        coordinate_weight: float = 1.0,
        auxiliary: dict | None = None,
        decode: dict | None = None,
        score: str = 'label_coordinates',
        test_cfg: Mapping[str, Any] | None = None,
        data_preprocessor: dict | None = None,
    ) -> None:
        check_model_settings(model)
        if coordinate_weight < 0:
            raise InputValueError(
                f'model.coordinate_weight: expected 0 or more, found {coordinate_weight}.'
            )
        found = family_of(family)
        source = locate_source(model['source'], model.get('revision'))
        vlm, sample = prepare_model(
            source,
            found,
            dtype=model.get('dtype', 'float32'),
            attn_implementation=model.get('attn_implementation'),
            lora=lora,
            quantization=quantization,
            trainable=trainable,
        )
        super().__init__(
            cached_encoder(family, source, model.get('min_pixels'), model.get('max_pixels')),
            codec=codec,
            prompts=prompts,
            decode=decode,
            score=score,
            test_cfg=test_cfg,
            data_preprocessor=_with_pixel_dtype(data_preprocessor, vlm),
        )
        self.vlm = vlm
        self.source = source
        self.coordinate_weight = float(coordinate_weight)
        self.has_adapter = lora is not None
        self.comes_trained = not self.has_adapter  # see checkpoints.needs_checkpoint
        self.auxiliary = None
        if auxiliary is not None:
            width = self.base_model.get_input_embeddings().embedding_dim
            self._number_ids, places = number_tokens(self.codec, self.encoder)
            self.auxiliary = MODELS.build({**auxiliary, 'width': width, 'places': places})
        if gradient_checkpointing:
            enable_checkpointing(self.vlm)
        trained = {name for name, weight in self.named_parameters() if weight.requires_grad}
        self._saves_all = len(trained) == sum(1 for _ in self.parameters())
        self.register_buffer(SAMPLE_KEY, sample, persistent=not self._saves_all)
        self._saved = frozenset({*trained, SAMPLE_KEY})

    @property
    def base_model(self) -> nn.Module:
        """transformers' model; its adapted layers hold the adapters."""
        return self.vlm.get_base_model() if self.has_adapter else self.vlm

    @property
    def _reader(self) -> nn.Module:
        """What reads words and picture tokens."""
        language = self.base_model.model.language_model
        return language.encoder if self.family.encoder_decoder else language

    @property
    def base_folder(self) -> Path | None:
        """The files that a checkpoint needs beside it; None if it holds all weights."""
        return None if self._saves_all else Path(self.source.folder)

    @contextlib.contextmanager
    def weights_in_use(self, version: str) -> Iterator[None]:
        """Answer with the 'base', the 'adapter' or the 'merged' weights inside the block.

        Raises:
            InputValueError: this model has no adapter, or its base is quantised ('merged').
            InputKeyError: another version.
        """
        if not self.has_adapter:
            raise InputValueError(
                f'--compare {version}: expected a model with an adapter (model.lora), found one '
                'without; its base is a model of its own: evaluate that with tools/compare.py.'
            )
        whole = self.vlm
        with switched_adapter(whole, version) as self.vlm:
            try:
                yield
            finally:
                self.vlm = whole

    def part_of(self, parameter_name: str) -> str:
        """The part of a parameter of ``vlm``: 'language', 'projector' or 'vision'."""
        return self.family.part_of(parameter_name.removeprefix(BASE_PREFIX))

    def forward(self, inputs: Any, data_samples: list | None = None, mode: str = 'tensor') -> Any:
        """See the class; ``data_samples`` is needed by ``predict`` only.

        Raises:
            InputValueError: another mode, memory is full, or no texts to look for.
        """
        with memory_errors(mode):
            if mode == 'loss':
                return self.loss(inputs, data_samples)
            if mode == 'predict':
                return self.predict(inputs, data_samples)
            if mode == 'tensor':
                return self.vlm(**_model_arguments(inputs), use_cache=False).logits
        raise InputValueError(f"mode: expected 'loss', 'predict' or 'tensor', found {mode!r}.")

    def train_step(self, data: Any, optim_wrapper: Any) -> dict[str, Tensor]:
        """mmengine's; a full memory in the backward pass is explained too."""
        with memory_errors('loss'):
            return super().train_step(data, optim_wrapper)

    def loss(
        self, inputs: Mapping[str, Tensor], data_samples: list | None = None
    ) -> dict[str, Tensor]:
        """Cross entropy of the answers.

        Args:
            inputs: of ``vlm_train_collate``.
            data_samples: its other half; needed with ``auxiliary`` only.

        Returns:
            ``loss``: mean over the N labelled tokens, weighted. For the log and for wrappers
            that normalise by tokens: ``num_tokens`` (the sum of the weights), ``acc_token``
            and ``acc_coordinate`` (share of tokens that are the likeliest, 0..1) and
            ``nll_coordinate`` (nats).

        Raises:
            InputValueError: a conversation is longer than the model's position table.
        """
        check_positions(self.base_model, inputs)
        positions, targets = labelled_positions(inputs)
        with kept_embeddings(self._reader) as embeddings:
            hidden = self.hidden_states(inputs)[positions]
        nll, correct = token_nll(hidden, targets, self.base_model.get_output_embeddings())
        flags = inputs.get('coordinate_flags')
        flags = torch.zeros_like(correct) if flags is None else flags
        weights = torch.where(flags, self.coordinate_weight, 1.0).to(nll)
        num_tokens = weights.sum()
        losses = {
            'loss': (nll * weights).sum() / num_tokens.clamp(min=1e-6),
            'num_tokens': num_tokens,
            'acc_token': correct.float().mean(),
            'acc_coordinate': _mean_where(correct.float(), flags),
            'nll_coordinate': _mean_where(nll.detach(), flags),
        }
        if self.auxiliary is not None:
            losses |= self._auxiliary_losses(embeddings[0], inputs['input_ids'], data_samples)
        return losses

    def _auxiliary_losses(self, embeddings: Tensor, ids: Tensor, samples: list) -> dict:
        texts = sorted({text for sample in samples for text in sample.metainfo['texts']})
        pictures = grounded_pictures(
            embeddings, ids, self.encoder.image_token_id, samples, texts, self.codec
        )
        embedding = self.base_model.get_input_embeddings()
        numbers = embedding(torch.tensor(self._number_ids, device=ids.device))
        return self.auxiliary(pictures, text_embeddings(texts, self.encoder, embedding), numbers)

    def hidden_states(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """What the output layer reads, (B, L, width), without computing any logits."""
        return self.base_model.model(**_model_arguments(inputs), use_cache=False)[0]

    def check_weights(self, weights: Mapping[str, Tensor], source: str) -> None:
        """Raise InputValueError unless a checkpoint was trained on this base with this rank."""
        if not self._saves_all:
            check_adapter_weights(self.state_dict(), weights, source, self.source.name)

    def state_dict(
        self, *, destination: dict | None = None, prefix: str = '', keep_vars: bool = False
    ) -> dict[str, Tensor]:
        """What trains (everything, if nothing is frozen)."""
        everything = super().state_dict(prefix=prefix, keep_vars=keep_vars)
        kept = OrderedDict() if destination is None else destination
        for key, value in everything.items():
            if self._saves_all or key[len(prefix) :] in self._saved:
                kept[key] = value
        return kept

    def load_state_dict(
        self, state_dict: Mapping[str, Tensor], strict: bool = True, assign: bool = False
    ) -> Any:
        """Take over trained weights; the frozen base stays.

        Raises:
            InputValueError: with ``strict``: weights of another base, rank or recipe.
        """
        if strict:
            self.check_weights(state_dict, 'state_dict')
        own = self.state_dict()
        fitting = {key: value for key, value in state_dict.items() if key in own}
        super().load_state_dict(fitting, strict=False, assign=assign)
        return _IncompatibleKeys(
            [key for key in own if key not in state_dict],
            [key for key in state_dict if key not in own],
        )


def _model_arguments(inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {
        key: value for key, value in inputs.items() if key not in ('labels', 'coordinate_flags')
    }


def _mean_where(values: Tensor, chosen: Tensor) -> Tensor:
    """The mean of the chosen values, 0 if none is."""
    return (values * chosen).sum() / chosen.sum().clamp(min=1)


def _with_pixel_dtype(data_preprocessor: dict | None, vlm: nn.Module) -> dict:
    dtype = str(vlm.dtype).removeprefix('torch.')
    return {'type': 'VLMDataPreprocessor', 'pixel_dtype': dtype, **(data_preprocessor or {})}
