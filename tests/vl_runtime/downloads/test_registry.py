import pytest

from vl_runtime.downloads import ENTRIES, find_entry, help_lines, table_lines
from vl_runtime.errors import InputKeyError


def test_names_are_unique_and_every_entry_says_where_it_comes_from():
    assert len({entry.name for entry in ENTRIES}) == len(ENTRIES) == len(table_lines())
    for entry in ENTRIES:
        assert entry.source.startswith('https://') and entry.licence and entry.folder
        assert bool(entry.files) != bool(entry.by_hand)


def test_published_weights_have_their_names():
    (file,) = find_entry('yolo_world_v2_l').files
    assert file.name == 'yolo_world_v2_l_obj365v1_goldg_pretrain-a82b1fe3.pth'
    assert file.url.endswith(f'wondervictor/YOLO-World/resolve/main/{file.name}')


def test_an_unknown_name_is_answered_with_the_closest():
    with pytest.raises(InputKeyError, match=r"no download .* Did you mean 'clip_vit_b32'\?"):
        find_entry('clip_vit_b23')


def test_data_of_the_applications_come_with_tree_and_citation():
    for name in ('logodet3k', 'duts_tr', 'duts_te', 'msra_b', 'dut_omron', 'refcoco', 'refcoco+'):
        source, tree, citation, way = help_lines(name)
        assert source.startswith(f'{name}: https://') and 'licence: ' in source
        assert tree.startswith('  unpacked: ') and citation.startswith('  cite: ')
        assert f'tools/download.py {name}' in way or 'unpack' in way
    assert 'arXiv:2008.05359' in help_lines('logodet3k')[2]
