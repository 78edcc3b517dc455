"""Reference picture and text (and region) -> target picture. Importing registers every class."""

from vl_runtime import compat

compat.install()

from composed_retrieval import datasets, engine, metrics, models  # noqa: E402

__all__ = ['datasets', 'engine', 'metrics', 'models']
