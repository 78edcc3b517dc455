import pytest
import torch

from vl_runtime.errors import InputValueError
from yolo_world.checkpoint_conversion.official_yolo_world import convert_official


def test_only_weights_stay():
    value = torch.ones(2)
    checkpoint = {
        'state_dict': {
            'module.bbox_head.head_module.cls_preds.0.2.bias': value,
            'backbone.text_model.model.text_model.embeddings.position_ids': torch.arange(77)[None],
            'ema_bbox_head': value,
            'steps': torch.tensor(3),
            'note': 'text',
        },
        'ema_state_dict': {},
        'optimizer': {},
        'meta': {'dataset_meta': {'CLASSES': ('cat',)}},
    }
    result = convert_official(checkpoint, 'a.pth')
    assert list(result.state_dict) == ['bbox_head.head_module.cls_preds.0.2.bias']
    assert result.classes == ('cat',)
    assert [len(keys) for keys in result.left_out.values()] == [2, 1, 2, 1]
    assert result.lines()[1].startswith('1 x position counter')


def test_other_weights_are_refused():
    with pytest.raises(InputValueError, match=r"a.pth: expected weights of YOLO-World .*'fc.bias'"):
        convert_official({'state_dict': {'fc.bias': torch.ones(1)}}, 'a.pth')
