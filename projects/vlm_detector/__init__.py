"""Vision-language models that answer boxes as text."""
