"""One annotated picture, as a pipeline holds it before ChooseTask."""

import numpy as np
import pytest

BOXES = ((10, 20, 50, 60), (0, 0, 100, 80), (60, 10, 70, 20))
LABELS = (1, 0, 1)


@pytest.fixture
def annotated():
    """``annotated(captions=..., masks=True)``: two dogs and a cat; cats are pets, dogs workers."""

    def make(boxes=BOXES, labels=LABELS, captions=None, masks=False, **more):
        from mmdet.structures.mask import BitmapMasks

        instances = [
            {'bbox': list(box), 'bbox_label': label, 'ignore_flag': 0}
            for box, label in zip(boxes, labels, strict=True)
        ]
        for instance, caption in zip(instances, captions or ()):
            instance['caption'] = caption
        results = {
            'img': np.zeros((80, 100, 3), np.uint8),
            'img_path': 'a.jpg',
            'img_id': 1,
            'ori_shape': (80, 100),
            'img_shape': (80, 100),
            'gt_bboxes': np.array(boxes, np.float32).reshape(-1, 4),
            'gt_bboxes_labels': np.array(labels, np.int64),
            'texts': ['cat', 'dog'],
            'supercategories': ('Pets', 'Workers'),
            'instances': instances,
            'caption': 'Two dogs in front of a cat.',
        }
        if masks:
            drawn = np.zeros((len(boxes), 80, 100), np.uint8)
            for mask, instance, (x1, y1, x2, y2) in zip(drawn, instances, boxes):
                mask[y1:y2, x1:x2] = 1
                instance['mask'] = [[x1, y1, x2, y1, x2, y2, x1, y2]]
            results['gt_masks'] = BitmapMasks(drawn, 80, 100)
        return results | more

    return make
