"""A name for the newest of several folders."""

from vlm_detector.export import folder_link
from vlm_detector.export.folder_link import point_to


def test_the_name_follows_the_newest_folder_and_can_be_moved(tmp_path):
    for name in ('first', 'second'):
        folder = tmp_path / 'run' / name / 'adapter'
        folder.mkdir(parents=True)
        (folder / 'a.txt').write_text(name)
        point_to(tmp_path / 'run' / 'adapter', folder)
    assert (tmp_path / 'run/adapter/a.txt').read_text() == 'second'
    assert (tmp_path / 'run/first/adapter/a.txt').read_text() == 'first'
    moved = (tmp_path / 'run').rename(tmp_path / 'moved')
    assert (moved / 'adapter/a.txt').read_text() == 'second'


def test_a_real_folder_is_left_as_it_is(tmp_path, monkeypatch):
    lines = []
    monkeypatch.setattr(folder_link, 'print_log', lambda text, **rest: lines.append(text))
    for name in ('adapter', 'new'):
        (tmp_path / name).mkdir()
    point_to(tmp_path / 'adapter', tmp_path / 'new')
    assert not (tmp_path / 'adapter').is_symlink()
    assert 'still names what it did before' in lines[0] and str(tmp_path / 'new') in lines[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ['adapter', 'new']
