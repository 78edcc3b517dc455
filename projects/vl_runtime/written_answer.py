"""What a model wrote about a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class WrittenAnswer:
    """The words that boxes, outlines or a caption were read from.

    Attributes:
        text: as the model wrote it; answers to several prompts are joined by line breaks.
        prompts: what it was asked.
        parse_status: 'ok', 'recovered' (read after repairs), 'empty_ok' (it says that nothing
            is there) or 'fail'.
        truncated: it was cut where the longest answer ends.
    """

    text: str
    prompts: tuple[str, ...] = ()
    parse_status: str = 'ok'
    truncated: bool = False

    @classmethod
    def of_sample(cls, sample: Any) -> WrittenAnswer | None:
        """That of a data sample; None from a detector that writes nothing."""
        text = getattr(sample, 'answer', None)
        if text is None:
            return None
        return cls(
            text,
            tuple(sample.metainfo.get('prompts') or ()),
            getattr(sample, 'parse_status', 'ok'),
            bool(getattr(sample, 'truncated', False)),
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, under names that an image's entry has room for."""
        return {
            'answer': self.text,
            'prompts': list(self.prompts),
            'parse_status': self.parse_status,
            'truncated': self.truncated,
        }
