import torch

from vl_runtime.prompt_vocabulary import PromptVocabulary


def test_vocabularies_are_equal_when_they_mean_the_same_to_a_detector():
    model, feats = torch.nn.Identity(), torch.eye(2)
    plain = PromptVocabulary.from_texts(['a', 'b'])
    assert plain == PromptVocabulary.from_texts(('a', 'b'))
    assert plain != PromptVocabulary.from_texts(['a', 'b'], background=True)
    with_features = plain.with_features(model, feats)
    assert with_features == with_features
    assert with_features != plain
    assert with_features != plain.with_features(model, 2 * feats)
