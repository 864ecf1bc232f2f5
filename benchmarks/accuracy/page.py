"""A page with nothing wrong, in parts, so that faults can be planted one by one."""

from dataclasses import dataclass, field

STYLE = """
  body { margin: 0; font: 17px/1.55 sans-serif; color: #1d2733; background: #ffffff; }
  header, main, footer { max-width: 40em; margin: 0 auto; padding: 16px; }
  nav a, footer a { display: inline-block; min-height: 44px; min-width: 44px; line-height: 2.6;
    padding: 0 8px; color: #0b5394; }
  a { color: #0b5394; }
  :focus-visible { outline: 3px solid #0b5394; outline-offset: 2px; }
  h1 { font-size: 32px; line-height: 1.2; } h2 { font-size: 22px; line-height: 1.3; }
  label { display: block; margin-top: 16px; }
  input, select { min-height: 44px; max-width: 100%; font-size: 17px; }
  button { min-height: 48px; min-width: 120px; font-size: 17px; color: #ffffff;
    background: #0b5394; border: 0; }
"""

TEXT = (
    "<p>The boats leave every twenty minutes, from six in the morning until midnight. You can "
    "bring a bicycle on any boat. Children under six travel free.</p>"
    "<h2>Fares</h2><p>A crossing costs four euros. Students and seniors pay half. You can change "
    "your ticket for free, and we pay it back until one hour before the boat leaves. The crew "
    "helps you on board if you use a wheelchair. Dogs are welcome on deck.</p>"
)


@dataclass
class Draft:
    """What a page is made of. Its parts are plain HTML."""

    lang: str = ' lang="en"'
    title: str = "<title>Harbour ferries: fares and times</title>"
    viewport: str = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    head: str = '<meta name="description" content="Times and fares of the ferries.">'
    style: str = STYLE
    heading: str = "<h1>Harbour ferries</h1>"
    text: str = TEXT
    before: str = ""
    parts: list[str] = field(default_factory=list)
    main: tuple[str, str] = ('<main id="content">', "</main>")
    footer: str = (
        '<a href="mailto:crew@ferries.example">Email the crew</a> '
        '<a href="#privacy">Privacy policy</a> '
        '<p id="privacy">We keep your email until you have travelled.</p>'
    )

    def html(self) -> str:
        """The page as it is served."""
        opening, closing = self.main
        return (
            f"<!doctype html><html{self.lang}><head><meta charset=utf-8>{self.title}"
            f'{self.viewport}<link rel="icon" href="data:,">{self.head}'
            f"<style>{self.style}</style></head><body>{self.before}"
            f'<header><nav aria-label="Main"><a href="#content">Times</a> '
            f'<a href="#privacy">Your data</a></nav></header>'
            f"{opening}{self.heading}{self.text}{''.join(self.parts)}{closing}"
            f"<footer>{self.footer}</footer></body></html>"
        )
