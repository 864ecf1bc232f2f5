"""Pages made of a few elements, for the measures to look at."""

from autousers.engine.audit import dom
from autousers.engine.audit.css import Sheet
from autousers.engine.audit.page import Page, Parts, Viewport
from autousers.engine.audit.styles import Styles


def page(html: str, css: str = "", *, width: int = 1280, **options: object) -> Page:
    """A page as it is once all is fetched."""
    document = dom.parse(html)
    sheet = Sheet()
    sheet.add(css, width=width)
    window = Viewport(width, 800)
    parts = options.pop("parts", Parts())
    return Page(
        url=str(options.pop("url", "https://design.example/")),
        document=document,
        styles=Styles(document, sheet, width=width, height=800),
        viewport=window,
        parts=parts,
        **options,
    )
