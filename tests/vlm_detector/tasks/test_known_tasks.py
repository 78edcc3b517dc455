"""What each task asks of one annotation, and what its answer is."""

import numpy as np
import pytest
from mmengine.registry import FUNCTIONS, TRANSFORMS

from vl_runtime.errors import InputKeyError
from vlm_detector.codecs import LocPolygons, codec_of
from vlm_detector.families.batching import IGNORED
from vlm_detector.families.cached_encoder import cached_encoder
from vlm_detector.tasks import TASKS, task_of
from vlm_detector.tasks.industry import read_classification

FAMILIES = ['qwen3_vl', 'qwen2_5_vl', 'florence2']


@pytest.fixture
def asked(tiny_folder):
    """``asked(family, task, results)``: after ChooseTask, BuildConversation, PackConversation."""

    def run(family, task, results, **options):
        encoder = {'family': family, 'source': str(tiny_folder(family))}
        steps = [
            {'type': 'ChooseTask', 'tasks': {task: 1}},
            {'type': 'BuildConversation', 'encoder': encoder, **options},
        ]
        for step in steps:
            results = TRANSFORMS.build(step)(results)
        conversation = results['conversation']
        return conversation, TRANSFORMS.build({'type': 'PackConversation', 'encoder': encoder})(
            results
        )

    return run


def qwen3(*objects):
    written = [
        f'{{"bbox_2d":[{",".join(map(str, box))}],"label":"{label}"}}' for box, label in objects
    ]
    return f'[{",".join(written)}]'


# Of 1000: the small dog 600..700 x 125..250, the large dog 100..500 x 250..750, the cat all.
CAT, LARGE, SMALL = (0, 0, 1000, 1000), (100, 250, 500, 750), (600, 125, 700, 250)


@pytest.mark.parametrize(
    ('task', 'prompt', 'answer'),
    [
        (
            'detection',
            'Locate every instance of these categories: cat, dog. Report the boxes in JSON format.',
            qwen3((CAT, 'cat'), (SMALL, 'dog'), (LARGE, 'dog')),
        ),
        (
            'main_subject',
            'Locate the main subject of this picture. Report its box in JSON format.',
            qwen3((CAT, 'main subject')),
        ),
        (
            'dense_region_caption',
            'Describe every region of this picture. Report boxes and descriptions in JSON.',
            qwen3((CAT, 'cat'), (SMALL, 'dog'), (LARGE, 'dog')),
        ),
        (
            'classification',
            'Identify the logo in this picture: name the industry and the company.',
            'Industry: Pets\nCompany: cat',
        ),
        ('industry', 'Which industry does the logo in this picture belong to?', 'Pets'),
        (
            'caption',
            'Describe this picture in one sentence.',
            'Two dogs in front of a cat.',
        ),
    ],
)
def test_one_annotation_gives_every_task(asked, annotated, task, prompt, answer):
    conversation, item = asked('qwen3_vl', task, annotated())
    assert (conversation['prompt'], conversation['answer']) == (prompt, answer)
    meta = item['data_samples'].metainfo
    assert meta['task'] == task
    assert meta.get('gt_answer') == (answer if TASKS[task].answer == 'text' else None)


def test_a_phrase_has_all_its_objects_and_no_other(asked, annotated):
    conversation, item = asked('qwen3_vl', 'phrase_grounding', annotated(phrase_label=1))
    assert conversation['prompt'] == 'Locate dog. Report the boxes in JSON format.'
    assert conversation['answer'] == qwen3((SMALL, 'dog'), (LARGE, 'dog'))
    truth = item['data_samples'].gt_instances
    assert truth.labels.tolist() == [0, 0] and len(item['data_samples'].metainfo['texts']) == 1
    without, _ = asked('qwen3_vl', 'phrase_grounding', annotated(boxes=(), labels=()))
    assert without['answer'] == '[]'


def test_regions_are_described_in_their_own_words(asked, annotated):
    captions = ['a dog lying down', 'a huge cat', 'a dog far off']
    conversation, item = asked('florence2', 'dense_region_caption', annotated(captions=captions))
    assert conversation['prompt'] == '<DENSE_REGION_CAPTION>'
    assert conversation['answer'] == (
        'a huge cat<loc_0><loc_0><loc_999><loc_999>'
        'a dog far off<loc_600><loc_125><loc_700><loc_250>'
        'a dog lying down<loc_100><loc_250><loc_500><loc_750>'
    )
    texts = tuple(item['data_samples'].metainfo['texts'])
    codec = task_of('dense_region_caption').codec(codec_of('florence2'), texts)
    frame = {'image_size_wh': (100, 80), 'model_size_wh': (64, 64)}
    read = codec.decode(conversation['answer'], texts, **frame)
    assert len(read.boxes_xyxy) == 3 and set(read.labels) == {0}


def test_an_outline_is_the_answer_to_a_segmentation(asked, annotated):
    results = annotated(boxes=[(10, 20, 50, 60)], labels=[1], masks=True)
    conversation, _ = asked('florence2', 'segmentation', results)
    assert conversation['prompt'] == '<REFERRING_EXPRESSION_SEGMENTATION>dog'
    pairs = conversation['coordinate_spans']
    assert ''.join(conversation['answer'][a:b] for a, b in pairs) == conversation['answer']
    (parts,) = _outlines(conversation['answer'])
    np.testing.assert_allclose([*parts[0].min(0), *parts[0].max(0)], [10, 20, 50, 60], atol=0.2)


def test_long_outlines_lose_points_before_objects(asked, annotated):
    y, x = np.mgrid[:80, :100]
    round_mask = ((x - 50) ** 2 + (y - 40) ** 2 < 30**2).astype(np.uint8)
    results = annotated(boxes=[(20, 10, 80, 70)], labels=[1], masks=True)
    results['gt_masks'].masks[0] = round_mask
    short, item = asked('florence2', 'segmentation', results, max_answer_tokens=40)
    assert item['data_samples'].metainfo['num_objects_left_out'] == 0
    assert 12 <= len(short['coordinate_spans']) < 40


@pytest.mark.parametrize('family', FAMILIES)
def test_the_labels_are_the_answer_and_its_end_and_nothing_else(
    asked, annotated, tiny_folder, family
):
    tasks = [t for t in TASKS if t != 'segmentation' or family == 'florence2']
    made = [asked(family, task, annotated(masks=True)) for task in tasks]
    collate = FUNCTIONS.get('vlm_train_collate')
    batch = collate([item for _, item in made])['inputs']
    encoder = cached_encoder(family, str(tiny_folder(family)))
    for row, (conversation, _) in zip(batch['labels'], made, strict=True):
        ids = row[row != IGNORED].tolist()
        assert ids[-1] == encoder.end_token_ids[0]
        assert encoder.tokenizer.decode(ids[:-1]) == conversation['answer']
    assert len(batch['coordinate_flags']) == int((batch['labels'] != IGNORED).sum())


def test_a_classification_is_read_in_several_forms():
    expected = {'industry': 'Food', 'company': 'A & B: Co.'}
    for text in (
        'Industry: Food\nCompany: A & B: Co.',
        'company = A & B: Co.; industry = Food',
        '{"Industry": "Food", "company": "A & B: Co."}',
    ):
        assert read_classification(text) == expected
    assert read_classification('Food') == {}
    assert read_classification('Company: X') == {'company': 'X'}


def test_an_unknown_task_is_refused():
    with pytest.raises(InputKeyError, match=r"task: expected one of .*, found 'captoin'\. Did you"):
        task_of('captoin')


def _outlines(answer):
    return LocPolygons().decode(answer, image_size_wh=(100, 80)).objects
