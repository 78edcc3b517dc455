from vl_runtime.label_font import label_font


def test_latin_and_cyrillic_come_from_the_font_that_is_always_there():
    assert label_font('cat', 14).getname()[0] == 'DejaVu Sans'
    assert label_font('красный', 14).getname()[0] == 'DejaVu Sans'


def test_letters_that_no_font_has_fall_back_to_it():
    assert label_font('\U000f1234', 14).getname()[0] == 'DejaVu Sans'


def test_the_size_is_that_asked_for():
    assert label_font('cat', 40).size == 40
