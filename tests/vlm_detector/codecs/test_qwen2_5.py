from mmengine.registry import TASK_UTILS

NAMES = ('cat',)
SIZES = {'image_size_wh': (1920, 1080), 'model_size_wh': (1316, 728)}


def test_text_has_pixels_of_the_resized_image():
    codec = TASK_UTILS.build({'type': 'Qwen2_5Codec'})

    # 960 * 1316 / 1920 = 658; 270 * 728 / 1080 = 182
    text = codec.encode([[960, 270, 1440, 540]], [0], NAMES, **SIZES)

    assert text == '[{"bbox_2d":[658,182,987,364],"label":"cat"}]'
    assert codec.decode(text, NAMES, **SIZES).boxes_xyxy.tolist() == [[960, 270, 1440, 540]]


def test_writing_ends_at_the_last_pixel_and_reading_at_the_border():
    codec = TASK_UTILS.build({'type': 'Qwen2_5Codec'})

    assert '[0,0,1315,727]' in codec.encode([[0, 0, 1920, 1080]], [0], NAMES, **SIZES)
    whole = codec.decode('[{"bbox_2d":[0,0,1316,728],"label":"cat"}]', NAMES, **SIZES)
    assert whole.boxes_xyxy.tolist() == [[0, 0, 1920, 1080]]
    assert whole.counters['clipped'] == 0
