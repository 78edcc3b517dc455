"""A comparison as one HTML file: pictures inside, nothing from the network, tables that sort."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence

import cv2

from vl_runtime.reports.comparison import Comparison
from vl_runtime.reports.disagreement_pictures import Disagreement

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --accent: #2266cc; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1200px; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
.scroll { overflow-x: auto; margin-bottom: 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .8rem; border-bottom: 1px solid var(--line); text-align: right; }
th:first-child, td:first-child { text-align: left; }
th button { font: inherit; font-weight: 600; border: 0; background: none; color: inherit;
  cursor: pointer; padding: 0; }
th button::after { content: " \\2195"; opacity: .4; }
th[aria-sort=ascending] button::after { content: " \\2191"; opacity: 1; }
th[aria-sort=descending] button::after { content: " \\2193"; opacity: 1; }
td.best { font-weight: 700; color: var(--accent); }
figure { margin: 1rem 0; } img { max-width: 100%; border: 1px solid var(--line); }
small, figcaption { opacity: .75; }
"""
_SCRIPT = """
for (const button of document.querySelectorAll('th button')) {
  button.addEventListener('click', () => {
    const head = button.closest('th'), table = head.closest('table');
    const column = [...head.parentNode.children].indexOf(head);
    const up = head.getAttribute('aria-sort') !== 'ascending';
    for (const other of head.parentNode.children) other.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
    const key = row => {
      const text = row.children[column].textContent.trim();
      const number = parseFloat(text.replaceAll(',', ''));
      return Number.isNaN(number) ? text : number;
    };
    const rows = [...table.tBodies[0].rows];
    rows.sort((a, b) => {
      const x = key(a), y = key(b);
      const order = typeof x === 'number' && typeof y === 'number'
        ? x - y : String(x).localeCompare(String(y));
      return up ? order : -order;
    });
    table.tBodies[0].append(...rows);
  });
}
"""
_JPEG_QUALITY = 85


def comparison_page(
    comparison: Comparison, shown: Sequence[Disagreement], legends: Mapping[str, str]
) -> str:
    """The whole page.

    Args:
        comparison: to show.
        shown: pictures to put in.
        legends: sentences for 'intervals' and 'pictures'.
    """
    labels = comparison.labels
    count = len(comparison.runs[0].run.results)
    title = html.escape(' / '.join(labels))
    parts = [
        '<!DOCTYPE html>',
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<title>{title}</title><style>{_STYLE}</style></head><body>',
        f'<h1>{title}</h1>',
        f'<p>{count} pictures, {len(comparison.runs[0].classes)} classes, '
        f'{html.escape(str(comparison.meta.get("date", "")))}.</p>',
        _list(f'{run.label}: {run.source}' for run in comparison.runs),
        '<h2>Accuracy</h2>',
        _table('measure', labels, comparison.accuracy, mark=True),
        _list(comparison.notes),
        '<h2>With intervals</h2>',
        _table('value [95 % interval]', labels, comparison.interval_rows),
        *_differences(comparison),
        f'<p><small>{html.escape(legends["intervals"])}</small></p>',
        '<h2>AP by class</h2>',
        _table('class', labels, comparison.by_class, mark=True),
        '<h2>Cost</h2>',
        _table('cost', labels, comparison.cost),
        '<h2>Where they disagree most</h2>',
        f'<p><small>{html.escape(legends["pictures"])}</small></p>',
        *(_figure(one, labels) for one in shown),
        f'<script>{_SCRIPT}</script></body></html>',
    ]
    return '\n'.join(parts) + '\n'


def _table(
    corner: str,
    labels: Sequence[str],
    rows: Mapping[str, Sequence[object]],
    *,
    mark: bool = False,
) -> str:
    """A table that sorts by column; with ``mark`` the largest value of each row stands out."""
    heads = ''.join(
        f'<th scope="col"><button type="button">{html.escape(name)}</button></th>'
        for name in (corner, *labels)
    )
    body = ''.join(_row(name, values, mark) for name, values in rows.items())
    return (
        f'<div class="scroll"><table><thead><tr>{heads}</tr></thead>'
        f'<tbody>{body}</tbody></table></div>'
    )


def _row(name: str, values: Sequence[object], mark: bool) -> str:
    numbers = [value for value in values if isinstance(value, float)]
    best = max(numbers, default=None) if mark and len(set(numbers)) > 1 else None
    cells = ''.join(
        f'<td{" class=best" if best is not None and value == best else ""}>{_shown(value)}</td>'
        for value in values
    )
    return f'<tr><td>{html.escape(name)}</td>{cells}</tr>'


def _shown(value: object) -> str:
    if value is None:
        return '-'
    return f'{value:.3f}' if isinstance(value, float) else html.escape(str(value))


def _differences(comparison: Comparison) -> list[str]:
    first = comparison.labels[0]
    return [
        _table(
            f'{label} less {first}',
            ['difference [95 % interval]'],
            {name: [text] for name, text in comparison.difference_rows(label).items()},
        )
        for label in comparison.differences
    ]


def _figure(one: Disagreement, labels: Sequence[str]) -> str:
    told = ', '.join(f'{label} {value:.2f}' for label, value in zip(labels, one.qualities))
    caption = html.escape(f'{one.name}: mean IoU {told}')
    if one.picture is None:
        return f'<p>{caption}. {html.escape(one.why_not)}</p>'
    options = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
    data = base64.b64encode(cv2.imencode('.jpg', one.picture, options)[1].tobytes()).decode()
    return (
        f'<figure><img alt="{caption}" src="data:image/jpeg;base64,{data}">'
        f'<figcaption>{caption}</figcaption></figure>'
    )


def _list(lines) -> str:
    items = ''.join(f'<li>{html.escape(line)}</li>' for line in lines)
    return f'<ul>{items}</ul>' if items else ''
