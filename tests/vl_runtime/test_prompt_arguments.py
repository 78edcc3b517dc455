import numpy as np
import pytest

from vl_runtime.errors import InputFileNotFoundError, InputValueError
from vl_runtime.inference import Predictor
from vl_runtime.prompt_arguments import (
    image_encoder,
    read_embeddings,
    read_image_prompts,
    read_texts,
    set_prompts,
)


@pytest.fixture
def predictor(predictor_recipe):
    return Predictor.from_checkpoint(predictor_recipe, device='cpu')


def test_texts_of_the_command_line_are_words_or_a_file(tmp_path):
    assert read_texts(None) is None
    assert read_texts(['red circle', 'helmet']) == ['red circle', 'helmet']
    (tmp_path / 'a.txt').write_text('red circle\nhelmet\n\n')
    assert read_texts([str(tmp_path / 'a.txt')]) == ['red circle', 'helmet']
    (tmp_path / 'a.json').write_text('[["red circle", "red disc"], "helmet"]')
    assert read_texts([str(tmp_path / 'a.json')]) == ['red circle', 'helmet']


def test_wrong_texts_are_named(tmp_path):
    with pytest.raises(InputValueError, match=r"--texts: .* found 'a' in entry 0 and again"):
        read_texts(['a', 'a'])
    (tmp_path / 'a.txt').write_text('a\n\nb')
    with pytest.raises(InputValueError, match=r'a\.txt: expected a text in entry 1'):
        read_texts([str(tmp_path / 'a.txt')])
    with pytest.raises(InputFileNotFoundError, match=r'no\.txt: there is no such file'):
        read_texts([str(tmp_path / 'no.txt')])


def test_embeddings_are_an_array_file(tmp_path):
    np.save(tmp_path / 'a.npy', np.ones((2, 3), np.float16))
    assert read_embeddings(tmp_path / 'a.npy').dtype == np.float32
    np.save(tmp_path / 'b.npy', np.ones(3))
    with pytest.raises(InputValueError, match=r'b\.npy: expected an array .*found \(3,\)'):
        read_embeddings(tmp_path / 'b.npy')
    (tmp_path / 'c.npy').write_text('no array')
    with pytest.raises(InputValueError, match=r'c\.npy: expected an \.npy file'):
        read_embeddings(tmp_path / 'c.npy')
    with pytest.raises(InputFileNotFoundError, match=r'd\.npy: no such file.*Did you mean'):
        read_embeddings(tmp_path / 'd.npy')


def test_image_prompts_are_names_with_pictures(tmp_path):
    for name in ('a.png', 'b.png'):
        (tmp_path / name).touch()
    a, b = tmp_path / 'a.png', tmp_path / 'b.png'
    assert read_image_prompts([f'mug={a}', f' x y ={b}', f'mug={b}']) == {'mug': [a, b], 'x y': [b]}
    assert read_image_prompts([f'all={tmp_path}']) == {'all': [a, b]}
    for wrong in (str(a), f'={a}', 'mug='):
        with pytest.raises(InputValueError, match='--image-prompt: expected NAME=PICTURE, found'):
            read_image_prompts([wrong])


def test_the_prompts_of_the_command_line_reach_the_detector(predictor, tmp_path):
    set_prompts(predictor, None)
    assert predictor.texts == ('cat', 'dog', 'bird')
    set_prompts(predictor, None, background=True)
    set_prompts(predictor, ['wheel'])
    assert predictor.model.encoded == [(['cat', 'dog', 'bird'], True), (['wheel'], False)]
    np.save(tmp_path / 'a.npy', np.array([[0, 2.0]]))
    set_prompts(predictor, ['wheel'], embeddings=tmp_path / 'a.npy')
    assert predictor.model.text_feats.tolist() == [[0, 1]]


def test_options_that_exclude_each_other_are_named(predictor):
    with pytest.raises(InputValueError, match='--embeddings: give the names of its rows'):
        set_prompts(predictor, None, embeddings='a.npy')
    with pytest.raises(InputValueError, match='expected one of them, found both'):
        set_prompts(predictor, ['a'], embeddings='a.npy', image_prompts=['b=c.png'])


def test_without_a_folder_there_is_no_image_encoder():
    assert image_encoder(None) is None
