"""An adapter knows its base."""

from vlm_detector.families import FAMILIES
from vlm_detector.families.tiny import save_tiny_model
from vlm_detector.models.adapters import same_base, sample_base


def test_a_base_is_the_same_in_every_precision_and_no_other_is(tiny_folder, tmp_path):
    family = FAMILIES['qwen3_vl']
    folder = str(tiny_folder('qwen3_vl'))
    first = sample_base(family.load_model(folder))
    assert first.shape == (64,)
    for dtype in ('bfloat16', 'float16'):
        assert same_base(first, sample_base(family.load_model(folder, dtype=dtype)))
    other = save_tiny_model('qwen3_vl', tmp_path / 'other', seed=1)
    assert not same_base(first, sample_base(family.load_model(str(other))))
