import time
from types import SimpleNamespace

import pytest
import torch
from mmengine.logging import MessageHub
from mmengine.registry import HOOKS

from vlm_detector.engine import ThroughputHook


def test_rates_count_pictures_and_tokens_without_padding():
    hub = MessageHub.get_instance('throughput_test')
    runner = SimpleNamespace(message_hub=hub)
    hook = HOOKS.build(dict(type='ThroughputHook', window=2))
    assert isinstance(hook, ThroughputHook)
    masks = {
        'attention_mask': torch.tensor([[1, 1, 1, 0], [1, 1, 1, 1]]),
        'decoder_attention_mask': torch.tensor([[1, 1], [1, 0]]),
    }
    batch = {'inputs': masks, 'data_samples': [None, None]}
    hook.before_train_epoch(runner)
    time.sleep(0.05)
    hook.after_val(runner)  # the wait so far was a validation
    hook.after_train_iter(runner, 0, batch)  # not in the window any more at the end
    start = time.perf_counter()
    for _ in range(2):
        time.sleep(0.02)
        hook.after_train_iter(runner, 0, batch)
    seconds = (time.perf_counter() - start) / 2
    images = hub.get_scalar('train/images_per_second').current()
    assert images == pytest.approx(2 / seconds, rel=0.3)
    assert hub.get_scalar('train/tokens_per_second').current() == pytest.approx(5 * images)
