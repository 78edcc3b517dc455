"""All mixing transforms give the reference image, boxes, and the text of every box."""

import numpy as np
import pytest

# Largest difference in grey levels, and entries of the data set that partners came from.
CASES = {
    'mix_mosaic_seed3': (0, 4),
    'mix_mosaic_seed4': (0, 4),
    'mix_mosaic_noclip_seed3': (0, 4),
    'mix_mosaic_noclip_seed4': (0, 4),
    'mix_mosaic9_seed3': (0, 4),
    'mix_mosaic9_seed4': (0, 4),
    'mix_mixup_v5': (1, 3),
    'mix_mixup_yolox': (1, 3),
}


@pytest.mark.parametrize('name', CASES)
def test_mixed_image_equals_the_reference(load_golden, run_case, name):
    case = load_golden(f'{name}.npz')
    grey_levels, num_entries = CASES[name]

    results, _ = run_case(case, num_entries)

    assert np.abs(results['img'].astype(int) - case['out.img'].astype(int)).max() <= grey_levels
    boxes = results['gt_bboxes'].tensor.numpy()
    np.testing.assert_allclose(boxes, case['out.boxes'], atol=1e-4)
    np.testing.assert_array_equal(results['gt_ignore_flags'], case['out.ignore'])
    texts = [results['texts'][label][0] for label in results['gt_bboxes_labels']]
    assert texts == case['cfg']['label_texts_out']
    assert [list(entry) for entry in results['texts']] == case['cfg']['texts_out']
    np.testing.assert_array_equal(results['gt_bboxes_labels'], case['out.labels'])


@pytest.mark.parametrize('name', CASES)
def test_mixing_leaves_the_data_set_alone_and_puts_it_back(load_golden, run_case, name):
    case = load_golden(f'{name}.npz')

    results, entries = run_case(case)

    assert results['dataset'].entries is entries
    assert 'mix_results' not in results
    for i, entry in enumerate(entries):
        np.testing.assert_array_equal(entry['img'], case[f'in.img{i}'])
        np.testing.assert_array_equal(entry['gt_bboxes'].tensor, case[f'in.boxes{i}'])
        np.testing.assert_array_equal(entry['gt_bboxes_labels'], case[f'in.labels{i}'])
        assert entry['texts'] == case['cfg']['texts_in'][i]
