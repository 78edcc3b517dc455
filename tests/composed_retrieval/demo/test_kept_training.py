"""A demo's training is done once; here with a retriever."""

import torch

from vl_runtime.demo.kept_training import kept_training


def test_a_training_is_kept_and_one_that_was_stopped_goes_on(recipe, tmp_path):
    folder, said = tmp_path / 'demo', []
    best = kept_training(recipe(), folder, said.append)
    assert best == folder / 'best.pth' and said.pop().startswith('8 steps in')
    weights = torch.load(folder / 'epoch_2.pth', weights_only=False)['state_dict']

    kept_training(recipe(), folder, said.append)
    assert said.pop() == f'kept from an earlier run; remove {folder} to train again'

    (folder / 'trained.json').unlink()  # as if it had been stopped behind the first epoch
    (folder / 'epoch_2.pth').unlink()
    (folder / 'last_checkpoint').write_text(str(folder / 'epoch_1.pth'))
    written = (folder / 'epoch_1.pth').stat().st_mtime_ns
    kept_training(recipe(), folder, said.append)
    assert said.pop().startswith('8 steps in')
    assert (folder / 'epoch_1.pth').stat().st_mtime_ns == written  # it was not done again
    again = torch.load(folder / 'epoch_2.pth', weights_only=False)['state_dict']
    assert all(torch.equal(value, again[name]) for name, value in weights.items())

    other = recipe(randomness=dict(seed=5))
    kept_training(other, folder, said.append)
    assert said.pop().startswith('8 steps in')
