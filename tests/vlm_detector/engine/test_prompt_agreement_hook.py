"""A model is asked as it was taught."""

from types import SimpleNamespace

import pytest
from mmengine.dataset import Compose
from mmengine.registry import HOOKS, MODELS

from vl_runtime.errors import InputValueError


@pytest.fixture
def before_train(tiny_folder):
    """Run the hook with a detector and a wrapped data set of these prompts."""

    def run(taught, asked):
        source = {'source': str(tiny_folder('qwen3_vl'))}
        encoder = {'family': 'qwen3_vl', **source}
        model = {'type': 'VLMDetector', 'family': 'qwen3_vl', 'model': source, 'prompts': asked}
        step = {'type': 'BuildConversation', 'encoder': encoder, 'prompts': taught}
        inner = SimpleNamespace(pipeline=Compose([step]))
        wrapped = SimpleNamespace(datasets=[SimpleNamespace(dataset=inner)])
        runner = SimpleNamespace(
            model=MODELS.build(model),
            train_dataloader=SimpleNamespace(dataset=wrapped),
            cfg=SimpleNamespace(filename='recipe.py'),
        )
        HOOKS.build({'type': 'PromptAgreementHook'}).before_train(runner)

    return run


def test_equal_prompts_train(before_train):
    before_train({'version': 'v2'}, {'version': 'v2'})


def test_other_prompts_are_refused_before_training(before_train):
    message = (
        r"recipe\.py: detection is taught .* 'detect@1' .* validated with 'detect@2' \(model\."
    )
    with pytest.raises(InputValueError, match=message):
        before_train(None, {'version': 'v2'})
