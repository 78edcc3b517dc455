import pytest
import torch

ATTENTION = dict(type='BoxAttention', hidden_width=16, dropout=0.0)
BOX = torch.tensor([[0.0, 0.0, 8.0, 8.0]])
NONE = torch.zeros(0, 4)


@pytest.fixture
def model(tiny_model):
    return tiny_model(box_attention=ATTENTION).eval()


@pytest.fixture
def tokens(model):
    return model.image_tokens(torch.rand(2, 3, 16, 16))


TEXTS = ['make the circle blue', 'add a red star']


def test_a_box_changes_the_query_of_its_own_picture_only(model, tokens):
    plain = model.query_features(tokens, TEXTS)
    torch.testing.assert_close(model.query_features(tokens, TEXTS, [NONE, NONE]), plain)
    marked = model.query_features(tokens, TEXTS, [BOX, NONE])
    assert not torch.allclose(marked[0], plain[0], atol=1e-5)
    torch.testing.assert_close(marked[1], plain[1])


def test_without_this_part_boxes_have_no_effect(tiny_model, tokens):
    model = tiny_model().eval()
    plain, marked = (model.query_features(tokens, TEXTS, b) for b in (None, [BOX, BOX]))
    assert torch.equal(plain, marked)


def test_the_bias_is_beta_on_touched_cells_and_0_elsewhere(model, tokens):
    image = model.vision_model.normalised(tokens)
    text = model.tokenizer(TEXTS, image.device)
    grid, part = model.vision_model.grid, model.box_attention
    bias = part(model._passes, image, text, boxes=[BOX, NONE], grid=grid)
    beta = part.strength(model._passes, image, text)
    assert bias.shape == (2, 17) and (beta >= 0).all()
    assert bias[0].nonzero()[:, 0].tolist() == [1, 2, 5, 6] and not bias[1].any()
    torch.testing.assert_close(bias[0, 1], beta[0, 0])


def test_it_is_trained_and_also_by_a_batch_without_boxes(tiny_model, pair_batch):
    for boxes in ([(0.0, 0.0, 8.0, 8.0)], []):
        model = tiny_model(box_attention=ATTENTION)
        data = model.data_preprocessor(pair_batch(3, reference_boxes=boxes))
        sum(model(**data, mode='loss').values()).backward()
        gradients = [parameter.grad for parameter in model.box_attention.parameters()]
        assert all(gradient is not None for gradient in gradients)
        assert any(gradient.abs().sum() > 0 for gradient in gradients) is bool(boxes)


def test_boxes_of_another_number_of_pictures_are_refused(model, tokens):
    with pytest.raises(ValueError, match='boxes: expected those of 2 references, found 1 lists'):
        model.query_features(tokens, TEXTS, [BOX])
