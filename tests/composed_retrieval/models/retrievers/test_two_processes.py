"""Two processes with a share each learn what one process with the whole batch learns."""

import torch
import torch.multiprocessing
from mmengine.registry import MODELS

from tests.composed_retrieval.models.two_processes import compute, gradients

BOX, OTHER = (1.0, 1.0, 7.0, 9.0), (8.0, 4.0, 15.0, 15.0)
SHARES = [slice(0, 3), slice(3, 5)]  # of five pairs


def test_losses_and_gradients_are_those_of_the_whole_batch(tiny_config, pair_batch, tmp_path):
    batch = pair_batch(5, reference_boxes=[BOX], target_boxes=[BOX, OTHER])
    for sample in batch['data_samples'][3:]:  # all pairs with boxes are in the first process
        sample.set_field(torch.zeros(0, 4), 'reference_boxes')
    batch['data_samples'][4].set_metainfo({'target': {'name': 'target0'}})
    region = dict(type='RegionContrastLoss')
    patches = dict(region, feature_level='patch', mode='best_match')
    attention = dict(type='BoxAttention', hidden_width=16, dropout=0.0)
    cases = [
        tiny_config(),
        tiny_config(region_loss=region, mask_same_target=True),
        tiny_config(region_loss=patches, box_attention=attention),
    ]
    arguments = (cases, batch, SHARES, str(tmp_path))
    # A fork needs no imports, but it is not for processes that have used a GPU.
    start = 'spawn' if torch.cuda.is_available() else 'fork'
    torch.multiprocessing.start_processes(compute, arguments, nprocs=2, start_method=start)
    parts = [torch.load(tmp_path / f'{rank}.pth') for rank in range(2)]
    for config, first, second in zip(cases, *parts, strict=True):
        torch.manual_seed(0)
        model = MODELS.build(config)
        losses = model(**model.data_preprocessor(batch), mode='loss')
        sum(value for name, value in losses.items() if 'loss' in name).backward()
        for name, value in losses.items():
            mean = (first[0][name] + second[0][name]) / 2
            torch.testing.assert_close(mean, value.detach())
        for part in (first, second):
            torch.testing.assert_close(part[1], gradients(model), atol=1e-6, rtol=1e-4)
