"""Normalisation and activation of all YOLOv8 parts, unless a config says otherwise.

Nothing writes to these dicts: mmcv's builders copy what they are given.
"""

BATCH_NORM = {'type': 'BN', 'momentum': 0.03, 'eps': 0.001}
SILU = {'type': 'SiLU', 'inplace': True}
