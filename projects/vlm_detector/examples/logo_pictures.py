"""A small LogoDet-3K: invented logos drawn into real pictures, in the layout of the original."""

from __future__ import annotations

import random
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

from PIL import Image, ImageDraw

from vl_runtime.image_files import list_images
from vl_runtime.label_font import label_font

# Industries of LogoDet-3K; the brands are invented, with signs and blanks as real ones have.
BRANDS = {
    'Clothes': ('North & Wool', 'Zephyr'),
    'Electronic': ('Volt-7', 'Quillon'),
    'Food': ("Mara's Oats", 'Limonata'),
}
_COLOURS = ('#c62828', '#1565c0', '#2e7d32', '#6a1b9a', '#ef6c00', '#00838f')
_SIDE = 320  # the longer one, in pixels


def write_logo_archive(pictures: str | Path, archive: str | Path, per_brand: int, seed: int = 0):
    """``LogoDet-3K.zip`` with ``LogoDet-3K/INDUSTRY/BRAND/1.jpg`` and ``1.xml``.

    Equal arguments draw equal pictures. One XML file more is cut off, as broken ones occur.

    Args:
        pictures: folder with the backgrounds, used one after the other.
        archive: where the file goes.
        per_brand: pictures of each brand.
        seed: of places and sizes.
    """
    rng, backgrounds = random.Random(seed), list_images(pictures)
    drawn = 0
    with zipfile.ZipFile(archive, 'w') as file:
        for industry, brands in BRANDS.items():
            for brand in brands:
                colour = _COLOURS[[b for names in BRANDS.values() for b in names].index(brand)]
                for number in range(1, per_brand + 1):
                    image = _background(backgrounds[drawn % len(backgrounds)])
                    box = _draw_logo(image, brand, colour, rng)
                    name = f'LogoDet-3K/{industry}/{brand}/{number}'
                    with file.open(f'{name}.jpg', 'w') as picture:
                        image.save(picture, 'JPEG', quality=90)
                    file.writestr(f'{name}.xml', _annotation(brand, number, image.size, box))
                    drawn += 1
        file.writestr(f'LogoDet-3K/{industry}/{brand}/{per_brand + 1}.xml', '<annotation><size>')


def _background(path: Path) -> Image.Image:
    with Image.open(path) as image:
        image = image.convert('RGB')
    image.thumbnail((_SIDE, _SIDE))
    return image


def _draw_logo(
    image: Image.Image, brand: str, colour: str, rng: random.Random
) -> tuple[int, int, int, int]:
    """Draw a plate with a disc and the name; its box (x1, y1, x2, y2) in pixels."""
    height = rng.randint(image.height // 8, image.height // 4)
    font = label_font(brand, height // 2)
    width = min(int(font.getlength(brand)) + height + height // 2, image.width - 2)
    x, y = rng.randint(0, image.width - width - 1), rng.randint(0, image.height - height - 1)
    draw = ImageDraw.Draw(image)
    box = (x, y, x + width, y + height)
    draw.rounded_rectangle(box, radius=height // 4, fill='white', outline=colour, width=3)
    edge = height // 5
    draw.ellipse((x + edge, y + edge, x + height - edge, y + height - edge), fill=colour)
    draw.text((x + height, y + height // 2), brand, fill=colour, font=font, anchor='lm')
    return box


def _annotation(
    brand: str, number: int, size_wh: tuple[int, int], box: tuple[int, int, int, int]
) -> str:
    corners = zip(('xmin', 'ymin', 'xmax', 'ymax'), box)
    edges = ''.join(f'<{name}>{value}</{name}>' for name, value in corners)
    width, height = size_wh
    return (
        f'<annotation><filename>{number}.jpg</filename><size><width>{width}</width>'
        f'<height>{height}</height><depth>3</depth></size><object><name>{escape(brand)}</name>'
        f'<bndbox>{edges}</bndbox></object></annotation>\n'
    )
