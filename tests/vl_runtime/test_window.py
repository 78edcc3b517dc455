import sys

import pytest

from vl_runtime.errors import InputValueError
from vl_runtime.window import has_display, require_display


@pytest.mark.skipif(sys.platform != 'linux', reason='other systems have no DISPLAY variable')
def test_without_a_display_a_window_is_refused_in_one_line(monkeypatch):
    monkeypatch.delenv('DISPLAY', raising=False)
    monkeypatch.delenv('WAYLAND_DISPLAY', raising=False)
    assert not has_display()
    with pytest.raises(InputValueError, match='--show: expected a display for the window'):
        require_display('--show')
