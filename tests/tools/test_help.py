import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / 'tools'
COMMANDS = sorted(path for path in TOOLS.rglob('*.py') if not path.name.startswith('_'))


@pytest.mark.parametrize('tool', COMMANDS, ids=lambda path: path.stem)
def test_help_comes_before_the_slow_imports(tool):
    command = [sys.executable, '-X', 'importtime', str(tool), '--help']
    result = subprocess.run(command, capture_output=True, text=True)

    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith('usage: ')
    imported = {line.rpartition('|')[2].strip() for line in result.stderr.splitlines()}
    assert not imported & {'torch', 'mmengine', 'cv2', 'numpy', 'vl_runtime'}
