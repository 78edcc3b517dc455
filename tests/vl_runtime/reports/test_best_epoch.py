import json

import pytest

from vl_runtime.errors import InputKeyError, InputValueError
from vl_runtime.reports.best_epoch import find_best_epoch


@pytest.fixture
def run(tmp_path):
    """Write the scalars of one run: values per epoch."""

    def write(values, name='20250101_000000', key='coco/bbox_mAP', start=1):
        path = tmp_path / name / 'vis_data' / 'scalars.json'
        path.parent.mkdir(parents=True)
        lines = []
        for epoch, value in enumerate(values, start=start):
            lines.append(
                {'lr': 0.1, 'loss': 1.0, 'epoch': epoch, 'iter': 10 * epoch, 'step': 10 * epoch}
            )
            lines.append({key: value, 'coco/other': 1 - value, 'time': 0.1, 'step': epoch})
        path.write_text('\n'.join(map(json.dumps, lines)))
        return tmp_path

    return write


def save(folder, *names):
    for name in names:
        (folder / name).write_bytes(b'')


def test_the_best_epoch_and_its_checkpoint_are_found(run):
    folder = run([0.1, 0.8, 0.3])
    save(folder, 'epoch_1.pth', 'epoch_2.pth', 'epoch_3.pth')

    best = find_best_epoch(folder)

    assert best.ranking[0].epoch == 2
    assert (best.checkpoint.name, best.exact) == ('epoch_2.pth', True)


def test_the_nearest_checkpoint_is_named_when_the_best_was_not_saved(run):
    folder = run([0.1, 0.8, 0.3, 0.5, 0.4])
    save(folder, 'epoch_5.pth', 'epoch_3.pth')

    best = find_best_epoch(folder)

    assert (best.checkpoint.name, best.exact) == ('epoch_3.pth', False)
    assert 'epoch 2 was not saved; nearest' in best.to_text()
    assert 'epoch_3.pth (coco/bbox_mAP = 0.3000)' in best.to_text()


def test_of_two_equally_near_the_later_one_is_taken(run):
    folder = run([0.1, 0.8, 0.3])
    save(folder, 'epoch_1.pth', 'epoch_3.pth')

    assert find_best_epoch(folder).checkpoint.name == 'epoch_3.pth'


def test_best_pth_is_taken_when_it_holds_that_epoch(run):
    folder = run([0.1, 0.8, 0.3])
    save(folder, 'best.pth', 'epoch_3.pth')
    (folder / 'best.json').write_text(json.dumps({'epoch': 2}))

    best = find_best_epoch(folder)

    assert (best.checkpoint.name, best.exact) == ('best.pth', True)
    assert find_best_epoch(folder, rule='less').checkpoint.name == 'epoch_3.pth'


def test_no_checkpoint_is_said(run):
    assert 'none found' in find_best_epoch(run([0.1])).to_text()


def test_metric_and_rule_can_be_chosen(run):
    folder = run([0.1, 0.8, 0.3])

    assert find_best_epoch(folder, rule='less').ranking[0].epoch == 1
    assert find_best_epoch(folder, metric='coco/other').ranking[0].epoch == 1
    assert find_best_epoch(folder).metric == 'coco/bbox_mAP'


def test_auto_takes_the_first_metric_of_a_run_without_coco_ap(run):
    assert find_best_epoch(run([0.1, 0.8], key='lvis/bbox_AP')).metric == 'lvis/bbox_AP'


def test_the_newest_run_counts_unless_all_are_merged(run):
    run([0.9, 0.1, 0.2])
    folder = run([0.3, 0.95], name='20250102_000000', start=2)

    newest, merged = find_best_epoch(folder), find_best_epoch(folder, merge=True)

    assert [v.epoch for v in newest.ranking] == [3, 2]
    assert newest.notes == (
        '1 older run(s) of this folder left out; --all reads them as one run that was resumed',
    )
    assert merged.notes == ()
    assert [(v.epoch, v.metrics['coco/bbox_mAP']) for v in merged.ranking] == [
        (3, 0.95),
        (1, 0.9),
        (2, 0.3),
    ]


def test_a_newer_run_without_validation_is_passed_over(run):
    run([0.9])
    folder = run([], name='20250102_000000')

    assert find_best_epoch(folder).ranking[0].epoch == 1


def test_equal_values_rank_the_earlier_first(run):
    assert find_best_epoch(run([0.5, 0.5])).ranking[0].epoch == 1


def test_nan_is_left_out_with_a_note(run):
    best = find_best_epoch(run([float('nan'), 0.5]))

    assert len(best.ranking) == 1
    assert '1 of 2 validations have no value of coco/bbox_mAP' in best.to_text()


def test_plain_values_for_json(run):
    plain = find_best_epoch(run([0.1, 0.8])).to_dict(top=1)

    assert json.loads(json.dumps(plain)) == plain
    assert (plain['epoch'], plain['iteration'], plain['value']) == (2, 20, 0.8)
    assert len(plain['top']) == 1


def test_nan_everywhere_is_an_error(run):
    with pytest.raises(InputValueError, match='coco/bbox_mAP is NaN in every validation'):
        find_best_epoch(run([float('nan')]))


def test_an_unknown_metric_is_named_with_the_closest(run):
    with pytest.raises(InputKeyError, match=r"no metric 'coco/bbox_map'.*Did you mean"):
        find_best_epoch(run([0.1]), metric='coco/bbox_map')


def test_a_run_without_validation_is_an_error(run):
    with pytest.raises(InputValueError, match=r'no validation in 1 file\(s\)'):
        find_best_epoch(run([]))


def test_an_unknown_rule_is_an_error(run):
    with pytest.raises(InputValueError, match="rule: expected 'greater' or 'less', found 'more'"):
        find_best_epoch(run([0.1]), rule='more')
