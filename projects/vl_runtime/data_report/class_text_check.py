"""Class texts against the classes of the annotation file."""

from __future__ import annotations

from vl_runtime.data_report.annotation_set import DETECTION, AnnotationSet
from vl_runtime.data_report.finding import ERROR, WARNING, Finding
from vl_runtime.errors import UserInputError
from vl_runtime.vocabulary import Vocabulary


def check_class_texts(data: AnnotationSet) -> list[Finding]:
    """Number, order, empty and repeated texts, by the rules that training applies."""
    if data.kind != DETECTION or not data.categories:
        return []
    names = [str(category['name']) for category in data.kept_categories()]
    try:
        if data.class_text_path is None:
            vocabulary = Vocabulary.from_names(names, str(data.ann_file))
        else:
            vocabulary = Vocabulary.from_json(data.class_text_path)
            vocabulary.check_against(names, data.ann_file)
    except UserInputError as error:
        message = 'class texts that do not fit'
        return [Finding.of(data, ERROR, 'texts', message=message, offenders=[str(error)])]
    unusual = [
        f'{texts[0]!r} (class {index})'
        for index, texts in enumerate(vocabulary.texts)
        if '_' in texts[0] or texts[0].isdigit()
    ]
    if not unusual:
        return []
    message = 'class text with underscores or digits only, which a text encoder does not know well'
    return [Finding.of(data, WARNING, 'texts', message=message, offenders=unusual)]
