from vl_runtime.reports.recipe_text import read_recipe_text


def test_a_dumped_recipe_is_read_and_nothing_in_it_is_run(tmp_path):
    text = (
        "model = dict(lora=dict(rank=8), scales=[1, (2, -3.5)], name='x', nothing=None)\n"
        f'spy = open({str(tmp_path / "made")!r}, "w")\n'
        "table = {'a b': dict({'c@1': dict(type='T')})}\n"
    )
    assert read_recipe_text(text) == {
        'model': {'lora': {'rank': 8}, 'scales': [1, (2, -3.5)], 'name': 'x', 'nothing': None},
        'table': {'a b': {'c@1': {'type': 'T'}}},
    }
    assert not (tmp_path / 'made').exists()


def test_text_that_is_no_recipe_says_nothing():
    assert read_recipe_text('not a recipe (') == {}
