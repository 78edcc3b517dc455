from vl_runtime.reports.tables import markdown_table


def test_columns_line_up_and_floats_have_three_digits():
    text = markdown_table(['phrase', 'AP'], [['red star', 0.51234], ['x', 'n/a']])
    assert text.splitlines() == [
        '| phrase   |    AP |',
        '|:---------|------:|',
        '| red star | 0.512 |',
        '| x        |   n/a |',
    ]
