"""The version of the distribution ``mmground``."""

__version__ = '0.1.0'
