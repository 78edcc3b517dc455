from vl_runtime.data_report.annotation_set import AnnotationSet
from vl_runtime.data_report.category_check import check_categories, instances_per_class


def test_a_class_that_only_crowds_have_is_without_instances(found, content):
    content['annotations'][0]['iscrowd'] = 1
    assert found(content) == [('warning', 'classes', 1, 'class without instances', 'cat')]


def test_a_chosen_class_must_be_in_the_file(content, tmp_path):
    data = AnnotationSet(
        'train', tmp_path / 'a.json', classes=['dog', 'cats'],
        annotations=content['annotations'], categories=content['categories'],
    )  # fmt: skip
    (finding,) = check_categories(data)
    assert finding.line() == (
        'error   classes: 1 x class of metainfo.classes that is no category of the file; '
        "first: 'cats'. Did you mean 'cat'?"
    )
    assert instances_per_class(data) == {'dog': 2}
