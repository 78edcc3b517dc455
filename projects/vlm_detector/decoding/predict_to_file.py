"""Generation and evaluation apart: a data set to a predictions file, the file to metrics."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.dataset import BaseDataset, pseudo_collate
from mmengine.evaluator import Evaluator
from torch.utils.data import DataLoader, Subset
from tqdm import tqdm

from vlm_detector.decoding.prediction_record import record_of, sample_key, sample_of
from vlm_detector.decoding.predictions_file import PredictionsWriter, read_predictions


def predict_to_file(
    model: torch.nn.Module,
    dataset: BaseDataset,
    path: str | Path,
    *,
    header: Mapping[str, Any],
    batch_size: int = 16,
    num_workers: int = 0,
) -> int:
    """Predict the pictures that ``path`` doesn't have yet.

    Args:
        model: a ``VLMDetector``.
        dataset: with a test pipeline.
        path: of the predictions file; a stopped run is continued.
        header: what the predictions are made with, as plain values.
        batch_size: pictures of one call of the model.
        num_workers: processes that load pictures.

    Returns:
        how many pictures were predicted now.
    """
    with PredictionsWriter(path, header) as writer:
        pictures = {key[0] for key in writer.done}
        todo = []
        for index in range(len(dataset)):
            info = dataset.get_data_info(index)
            # Where the pipeline or the model chooses the task, a picture comes once.
            done = (
                sample_key(info) in writer.done
                if info.get('task')
                else (info['img_id'] in pictures)
            )
            todo += [] if done else [index]
        loader = DataLoader(
            Subset(dataset, todo),
            batch_size=batch_size,
            num_workers=num_workers,
            collate_fn=pseudo_collate,
        )
        with tqdm(total=len(dataset), initial=len(dataset) - len(todo), unit='image') as progress:
            for batch in loader:
                for sample in model.test_step(batch):
                    writer.add(record_of(sample))
                    progress.update()
    return len(todo)


def evaluate_file(path: str | Path, evaluator: Evaluator) -> dict[str, float]:
    """The metrics of a predictions file.

    Args:
        path: a complete predictions file.
        evaluator: with ``dataset_meta`` set (the data set's ``metainfo``).
    """
    _, records = read_predictions(path)
    for record in records:
        evaluator.process(data_samples=[sample_of(record)], data_batch=None)
    return evaluator.evaluate(len(records))
