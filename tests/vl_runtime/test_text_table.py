from vl_runtime.text_table import text_table


def test_columns_are_aligned():
    table = text_table(('class', 'AP'), [('star', '0.500'), ('a', 'n/a')])

    assert table.splitlines() == [
        'class     AP',
        '-----  -----',
        'star   0.500',
        'a        n/a',
    ]
