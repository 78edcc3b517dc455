import subprocess
import sys

import pytest

from vl_runtime.compat import optional

LAZY = """
import sys
import vl_runtime
{before}
from mmengine.registry import OPTIMIZERS
from mmengine.runner import Runner
loaded = set(sys.modules)
assert OPTIMIZERS.get('SGD').__module__ == 'torch.optim.sgd'
assert set(sys.modules) >= loaded
assert {{'bitsandbytes', 'transformers'}} & set(sys.modules) == set({loaded})
found = OPTIMIZERS.get('Adafactor').__module__
assert found == 'transformers.optimization', found
assert OPTIMIZERS.get('NoSuchOptimizer') is None
"""

needs_transformers = pytest.mark.skipif(
    not optional.available('transformers'), reason='transformers is not installed'
)


@needs_transformers
@pytest.mark.parametrize(
    ('before', 'loaded'),
    [
        ('', []),
        pytest.param('import transformers', ['transformers'], marks=pytest.mark.slow),
    ],
)
def test_libraries_of_optimisers_are_imported_when_one_is_named(repository, before, loaded):
    code = LAZY.format(before=before, loaded=loaded)
    subprocess.run([sys.executable, '-c', code], check=True, cwd=repository / 'projects')
