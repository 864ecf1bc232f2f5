"""Colours, and how well they can be told apart.

Formulas: WCAG 2.2, definitions of relative luminance and contrast ratio,
https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio; CSS Color 4, section 18, for the way to sRGB,
https://www.w3.org/TR/css-color-4/#color-conversion-code.
"""

from collections.abc import Sequence
from functools import lru_cache

import tinycss2.color4

RGBA = tuple[float, float, float, float]
"""Red, green, blue and alpha, each from 0 to 1."""

BLACK: RGBA = (0.0, 0.0, 0.0, 1.0)
WHITE: RGBA = (1.0, 1.0, 1.0, 1.0)

_XYZ_TO_LINEAR = (
    (12831 / 3959, -329 / 214, -1974 / 3959),
    (-851781 / 878810, 1648619 / 878810, 36519 / 878810),
    (705 / 12673, -2585 / 12673, 705 / 667),
)


@lru_cache(maxsize=2048)
def parse_color(text: str) -> RGBA | None:
    """Read a CSS colour; None for what is no colour, or one that depends on others."""
    try:
        color = tinycss2.color4.parse_color(text)
        if color is None or isinstance(color, str):
            return None
        wide = color.space in ("oklab", "oklch")
        red, green, blue = (
            _srgb(color.to("xyz-d65").coordinates) if wide else color.to("srgb").coordinates
        )
        return (_unit(red), _unit(green), _unit(blue), _unit(color.alpha))
    except (ValueError, TypeError, NotImplementedError, OverflowError, ArithmeticError):
        return None


def _unit(number: float | None) -> float:
    return min(max(number or 0.0, 0.0), 1.0)


def _srgb(xyz: Sequence[float]) -> list[float]:
    """From XYZ, with the white of D65, to sRGB; what lies outside of it is brought to its edge."""
    linear = (sum(f * c for f, c in zip(row, xyz, strict=True)) for row in _XYZ_TO_LINEAR)
    return [
        12.92 * one if one <= 0.0031308 else 1.055 * one ** (1 / 2.4) - 0.055
        for one in map(_unit, linear)
    ]


def over(front: RGBA, back: RGBA) -> RGBA:
    """Lay a colour over an opaque one."""
    alpha = front[3]
    red, green, blue = (
        f * alpha + b * (1 - alpha) for f, b in zip(front[:3], back[:3], strict=True)
    )
    return (red, green, blue, 1.0)


def luminance(color: RGBA) -> float:
    """Relative luminance, from 0 (black) to 1 (white)."""
    red, green, blue = (_linear(channel) for channel in color[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def contrast(one: RGBA, other: RGBA) -> float:
    """Contrast ratio, from 1 (the same) to 21 (black and white)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)
