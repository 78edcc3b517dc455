import subprocess
import sys


def test_install_loads_neither_mmdet_nor_mmyolo(repository):
    code = (
        'from vl_runtime import compat; compat.install(); compat.install(); import sys; '
        "assert not {'mmdet', 'mmyolo', 'mmcv.ops'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, '-c', code], check=True, cwd=repository / 'projects')


def test_optional_packages_are_asked_for_without_torch(repository):
    code = "import vl_runtime.compat.optional, sys; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, '-c', code], check=True, cwd=repository / 'projects')
