"""Submissions to the test servers of CIRR and CIRCO."""

from composed_retrieval.submission.make_submission import make_submission

__all__ = ['make_submission']
