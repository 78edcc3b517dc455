from vl_runtime.short_names import short_names


def test_folders_stand_in_front_only_where_file_names_repeat():
    paths = ['a/Food/Oats/1.jpg', 'a/Food/Limo/1.jpg', 'b/Food/Limo/1.jpg', 'a/Food/Limo/2.jpg']
    assert short_names([*paths, paths[0]]) == {
        paths[0]: 'Oats/1.jpg',
        paths[1]: 'a/Food/Limo/1.jpg',
        paths[2]: 'b/Food/Limo/1.jpg',
        paths[3]: '2.jpg',
    }


def test_a_path_that_is_the_end_of_another_ends_the_search():
    assert short_names(['1.jpg', 'x/1.jpg', '']) == {'1.jpg': '1.jpg', 'x/1.jpg': 'x/1.jpg', '': ''}
