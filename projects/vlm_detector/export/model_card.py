"""The README of exported weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ADAPTER = """base = AutoModelForImageTextToText.from_pretrained('{base}')
model = PeftModel.from_pretrained(base, '.')"""
_MODEL = "model = AutoModelForImageTextToText.from_pretrained('.')"


def model_card(record: Mapping[str, Any], *, is_adapter: bool, measured: Mapping | None) -> str:
    """Markdown with the header that model hubs read.

    Args:
        record: of ``prompt_record``.
        is_adapter: whether the folder holds an adapter or a whole model.
        measured: metric -> value, or None when nothing was measured.
    """
    base = record['base_model']
    load = (_ADAPTER if is_adapter else _MODEL).format(base=base)
    imports = 'from peft import PeftModel\n' if is_adapter else ''
    lines = [f'- {name}: {value}' for name, value in (measured or {}).items()]
    classes = ', '.join(record['classes']) or 'not recorded'
    prompt = record['prompts']['detection']
    return f"""---
base_model: {base}
library_name: {'peft' if is_adapter else 'transformers'}
pipeline_tag: image-text-to-text
tags:
- object-detection
- mmground
---

# Object detection with {base}

{'A LoRA adapter' if is_adapter else 'A fine-tuned model'} that answers boxes as text. Its licence
is bound to that of the base model and of the training data.

Classes: {classes}

Prompt (`{prompt['name']}`):

```
{prompt['text']}
```

Boxes are written in the form `{record['codec']['name']}`; pictures are resized as `prompt.json`
says.

```python
{imports}from transformers import AutoModelForImageTextToText, AutoProcessor

processor = AutoProcessor.from_pretrained('.')
{load}
```

## Measured

{chr(10).join(lines) or 'Nothing was measured when this was written.'}
"""
