import pickle

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer

from vl_runtime import compat
from vl_runtime.compat.safe_globals import history_method
from vl_runtime.errors import InputValueError


class _ReachesOut:
    """Unpickling this asks getattr for something that is no statistic."""

    def __reduce__(self):
        return (getattr, (HistoryBuffer, '__init__'))


def test_what_a_message_hub_stores_can_be_loaded(tmp_path):
    compat.install()
    history = HistoryBuffer([1.0, 3.0], [1, 1])
    content = {'loss': history, 'score': np.float64(0.5), 'counts': np.arange(3)}
    torch.save(content, tmp_path / 'hub.pth')

    loaded = torch.load(tmp_path / 'hub.pth', weights_only=True)

    assert loaded['loss'].mean() == 2.0
    assert loaded['loss'].statistics('max') == 3.0
    assert loaded['score'] == 0.5
    np.testing.assert_array_equal(loaded['counts'], [0, 1, 2])


def test_getattr_in_a_file_reaches_nothing_but_statistics(tmp_path):
    compat.install()
    from vl_runtime.checkpoints import load_checkpoint_file

    assert history_method(HistoryBuffer, 'mean') is HistoryBuffer.mean
    with pytest.raises(pickle.UnpicklingError, match='getattr'):
        history_method(torch, 'load')
    torch.save({'state_dict': {}, 'x': _ReachesOut()}, tmp_path / 'sly.pth')
    with pytest.raises(InputValueError, match=r'sly\.pth: refused.*builtins\.getattr'):
        load_checkpoint_file(tmp_path / 'sly.pth')
