import json

import cv2
import numpy as np
import pytest

TOOL = "import sys, pathlib\npathlib.Path('made').mkdir(exist_ok=True)\nword = sys.argv[1]\n"
TOOL += "if word == 'stop' and not pathlib.Path('go').exists():\n"
TOOL += "    sys.exit('error: a clear line')\n"
TOOL += "pathlib.Path('made', word).write_text(sys.argv[-1])\n"


@pytest.fixture
def small_checkout(tmp_path):
    """A checkout with one tool, and a guide with three commands."""
    root = tmp_path / 'checkout'
    for name in ('configs', 'third_party', 'data/captions', 'data/texts', 'docs', 'tools'):
        (root / name).mkdir(parents=True)
    (root / 'tools/make.py').write_text(TOOL)
    commands = [f'python tools/make.py {word} WHAT' for word in ('first', 'stop', 'last')]
    reason = '# not run by `make examples`: 8 GPUs\npython tools/make.py far'
    (root / 'docs/guide.md').write_text('\n'.join(['```', *commands, reason, '```', '']))
    return root


@pytest.fixture
def small_samples(tmp_path):
    """Pictures and boxes in the layout of the samples that the drawn archives use."""
    root = tmp_path / 'samples/coco_small'
    images, annotations = [], []
    for number in range(1, 6):
        name = f'images/{number}.jpg'
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(root / name), np.full((240, 320, 3), 40 * number, np.uint8))
        images.append(dict(id=number, file_name=name, width=320, height=240))
        for index, left in enumerate((10, 200)):
            box = [left, 20, 50 + index, 60]
            annotations.append(
                dict(id=10 * number + index, image_id=number, category_id=1, bbox=box)
                | dict(area=box[2] * box[3], iscrowd=0, segmentation=[])
            )
    content = dict(images=images, annotations=annotations, categories=[dict(id=1, name='cat')])
    for split in ('train', 'val'):
        (root / 'annotations').mkdir(exist_ok=True)
        (root / f'annotations/instances_{split}.json').write_text(json.dumps(content))
    return root.parent
