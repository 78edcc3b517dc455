import pytest
import torch
from huggingface_hub import constants
from mmengine.registry import TASK_UTILS

from composed_retrieval.models.layers.transformers_library import import_transformers

CPU = torch.device('cpu')


def word_list(words, **values):
    return TASK_UTILS.build(dict(type='WordListTokenizer', words=words, **values))


def test_texts_are_padded_and_cut_to_one_length():
    tokenizer = word_list(['make the circle blue'], max_tokens=6)
    tokens = tokenizer(['blue circle', 'make the circle blue blue blue', ''], CPU)
    entries = tokenizer.tokenizer.convert_ids_to_tokens(tokens.ids[0].tolist())
    assert entries == ['[CLS]', 'blue', 'circle', '[SEP]', '[PAD]', '[PAD]']
    assert tokens.mask.tolist() == [[1, 1, 1, 1, 0, 0], [1] * 6, [1, 1, 0, 0, 0, 0]]
    cut = tokenizer.tokenizer.convert_ids_to_tokens(tokens.ids[1].tolist())
    assert cut == ['[CLS]', 'make', 'the', 'circle', 'blue', '[SEP]']


def test_a_word_that_is_not_in_the_list_is_spelt():
    tokenizer = word_list(['circle'], max_tokens=8)
    tokens = tokenizer(['cat'], CPU)
    entries = tokenizer.tokenizer.convert_ids_to_tokens(tokens.ids[0].tolist())
    assert entries[1:4] == ['c', '##a', '##t']


def test_the_order_of_words_does_not_matter_and_dec_is_the_last_entry():
    one, other = word_list(['blue circle', 'red']), word_list(['red', 'circle blue blue'])
    assert one.tokenizer.get_vocab() == other.tokenizer.get_vocab()
    assert one.tokenizer.convert_tokens_to_ids('[DEC]') == one.num_entries - 1


def test_no_words_are_refused():
    with pytest.raises(ValueError, match=r'tokenizer\.words: expected words, found none'):
        word_list([])


def test_a_folder_with_a_vocabulary_is_opened(tmp_path):
    entries = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'blue', 'circle']
    (tmp_path / 'vocab.txt').write_text('\n'.join(entries) + '\n')
    tokenizer = TASK_UTILS.build(
        dict(type='PretrainedTokenizer', source=str(tmp_path), max_tokens=5)
    )
    assert tokenizer.num_entries == 8  # and [DEC]
    assert tokenizer(['Blue circle'], CPU).ids.tolist() == [[2, 5, 6, 3, 0]]
    import_transformers().BertTokenizer(
        vocab={e: i for i, e in enumerate(entries)}
    ).save_pretrained(tmp_path / 'saved')
    saved = dict(type='PretrainedTokenizer', source=str(tmp_path / 'saved'), max_tokens=5)
    assert TASK_UTILS.build(saved)(['Blue circle'], CPU).ids.tolist() == [[2, 5, 6, 3, 0]]


def test_without_network_a_hub_name_is_one_clear_line(monkeypatch, tmp_path):
    monkeypatch.setattr(constants, 'HF_HUB_OFFLINE', True)
    monkeypatch.setattr(constants, 'HF_HUB_CACHE', str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r'HF_HUB_OFFLINE is set\. Ways out') as caught:
        TASK_UTILS.build(dict(type='PretrainedTokenizer', source='bert-base-uncased'))
    assert 'bert-base-uncased' in str(caught.value) and '\n' not in str(caught.value)


def test_a_folder_without_vocabulary_and_a_missing_one_are_named(tmp_path):
    for folder, message in (
        (tmp_path, 'vocab.txt is missing'),
        (tmp_path / 'no', 'no such folder'),
    ):
        with pytest.raises(FileNotFoundError, match=message):
            TASK_UTILS.build(dict(type='PretrainedTokenizer', source=str(folder)))


def test_a_damaged_vocabulary_is_one_clear_line(tmp_path):
    (tmp_path / 'tokenizer.json').write_text('{')
    with pytest.raises(ValueError, match='cannot be used') as caught:
        TASK_UTILS.build(dict(type='PretrainedTokenizer', source=str(tmp_path)))
    assert '\n' not in str(caught.value)
