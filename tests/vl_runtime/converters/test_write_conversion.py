from vl_runtime.converters.conversion_report import ConversionReport
from vl_runtime.converters.labelled_box import LabelledBox
from vl_runtime.converters.labelled_image import LabelledImage
from vl_runtime.converters.write_conversion import class_line, data_root_of, write_conversion

IMAGES = [LabelledImage('a.png', 10, 10, (LabelledBox('cat', (0, 0, 4, 4)),))]


def test_file_names_lead_from_the_data_root_to_the_pictures(tmp_path):
    assert data_root_of(None, tmp_path, tmp_path / 'images') == (tmp_path, 'images/')
    assert data_root_of(tmp_path / 'out', tmp_path, tmp_path)[1] == '../'
    assert data_root_of(tmp_path, tmp_path, tmp_path) == (tmp_path, '')


def test_annotation_files_of_an_earlier_conversion_are_told(tmp_path):
    write_conversion(IMAGES, ['cat'], {}, ConversionReport(), (tmp_path, ''))
    lines = write_conversion(
        IMAGES, ['cat'], {'train': ['a.png']}, ConversionReport(), (tmp_path, '')
    )
    (told,) = (line for line in lines if line.startswith('older annotation files that stay'))
    assert told.endswith(f': 1 (first: {tmp_path / "annotations" / "instances_all.json"})')


def test_many_classes_are_counted_and_not_listed():
    assert class_line(['a', 'b']) == "classes in this order: ('a', 'b')"
    assert class_line([str(n) for n in range(31)]) == '31 classes, in the order of their names'
