from types import SimpleNamespace

from torch.utils.data import DataLoader, Dataset

from vl_runtime.reports.measured_run import MeasuredData


class Samples(Dataset):
    """Five pictures, each asked twice."""

    metainfo = {'classes': ('a',)}
    picture_numbers = [index // 2 for index in range(10)]

    def __len__(self):
        return 10

    def __getitem__(self, index):
        return index


def test_a_draw_takes_pictures_with_all_that_they_are_asked():
    loop = SimpleNamespace(dataloader=DataLoader(Samples()), evaluator=None)
    data = MeasuredData.of_loop(loop, [], num_samples=2, seed=0)
    drawn = [int(index) for (index,) in data.loader]
    assert len(drawn) == 4 and drawn == sorted(drawn)
    assert all(index ^ 1 in drawn for index in drawn)
    assert data.num_available == 10
    whole = MeasuredData.of_loop(loop, [], num_samples=5)
    assert len(whole.loader.dataset) == 10
