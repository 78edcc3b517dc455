from vl_runtime.reports.tables import markdown_table, text_table


def test_columns_line_up_and_floats_have_three_digits():
    text = markdown_table(['phrase', 'AP'], [['red star', 0.51234], ['x', 'n/a']])
    assert text.splitlines() == [
        '| phrase   |    AP |',
        '|:---------|------:|',
        '| red star | 0.512 |',
        '| x        |   n/a |',
    ]


def test_columns_are_aligned():
    table = text_table(('class', 'AP'), [('star', '0.500'), ('a', 'n/a')])

    assert table.splitlines() == [
        'class     AP',
        '-----  -----',
        'star   0.500',
        'a        n/a',
    ]
