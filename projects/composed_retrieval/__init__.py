"""Reference picture and text (and region) -> target picture. Importing registers every class."""

from vl_runtime import compat

compat.install()

from composed_retrieval import datasets, metrics, models  # noqa: E402

__all__ = ['datasets', 'metrics', 'models']
