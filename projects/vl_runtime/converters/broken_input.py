"""An image whose annotation can't be used."""

from __future__ import annotations

from vl_runtime.errors import InputValueError


class BrokenInput(InputValueError):
    """One image or annotation file that can't be converted; the message names file and line.

    A converter collects these over the whole data set: by default the first one stops the
    conversion, with ``skip_broken`` the images are left out and counted.
    """
