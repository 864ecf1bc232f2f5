"""The rubric: which measures answer which dimension, and how much each of them counts.

`docs/api/audit-engine.md` is made from these tables.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from autousers.engine.audit import appearance, loading, structure, wording
from autousers.engine.audit.measure import Measure
from autousers.engine.audit.page import Page
from autousers.engine.protocol import Dimension

Weights = Mapping[str, float]


@dataclass(frozen=True)
class About:
    """A measure: its function, and the words that a rubric or a focus area calls it by."""

    measure: Callable[[Page], Measure]
    words: tuple[str, ...]


MEASURES: Mapping[str, About] = {
    "field-labels": About(structure.field_labels, ("label", "form field", "forms")),
    "image-alternatives": About(structure.image_alternatives, ("alt text", "alternative text")),
    "control-names": About(structure.control_names, ("button name", "accessible name")),
    "heading-order": About(structure.heading_order, ("heading", "hierarchy")),
    "page-language": About(structure.page_language, ("page language", "lang attribute")),
    "landmarks": About(structure.landmarks, ("landmark", "regions")),
    "focus-order": About(structure.focus_order, ("focus order", "tab order", "tabindex")),
    "focus-visible": About(structure.focus_visible, ("visible focus", "focus ring", "outline")),
    "skip-link": About(structure.skip_link, ("skip link",)),
    "zoom": About(structure.zoom, ("zoom", "responsive", "viewport")),
    "title-and-description": About(structure.title_and_description, ("page title", "description")),
    "moving-content": About(structure.moving_content, ("autoplay", "animation", "motion")),
    "text-contrast": About(appearance.text_contrast, ("contrast",)),
    "text-size": About(appearance.text_size, ("text size", "font size", "small text", "legib")),
    "target-size": About(appearance.target_size, ("target", "tap", "touch", "button size")),
    "fits-window": About(appearance.fits_window, ("sideways", "horizontal scroll", "overflow")),
    "colour-count": About(appearance.colour_count, ("colour", "color", "palette")),
    "typeface-count": About(appearance.typeface_count, ("typeface", "font family", "typograph")),
    "size-steps": About(appearance.size_steps, ("type scale", "size scale")),
    "line-spacing": About(appearance.line_spacing, ("line spacing", "line height", "whitespace")),
    "consistent-markup": About(appearance.consistent_markup, ("consisten", "markup")),
    "readability": About(wording.readability, ("readab", "plain language", "jargon", "wording")),
    "sentence-length": About(wording.sentence_length, ("sentence",)),
    "text-amount": About(wording.text_amount, ("amount of text", "empty")),
    "link-texts": About(wording.link_texts, ("link text", "vague", "links")),
    "pressure-words": About(wording.pressure_words, ("pressure", "urgency", "dark pattern")),
    "placeholder-text": About(wording.placeholder_text, ("placeholder", "lorem")),
    "policies": About(wording.policies, ("privacy", "terms", "policy", "policies", "returns")),
    "contact": About(wording.contact, ("contact", "support", "phone number")),
    "dead-links": About(wording.dead_links, ("dead link", "broken link")),
    "secure-connection": About(wording.secure_connection, ("https", "encrypt", "secure")),
    "page-weight": About(loading.page_weight, ("page weight", "heavy", "load", "bytes")),
    "request-count": About(loading.request_count, ("requests",)),
    "broken-resources": About(loading.broken_parts, ("broken image", "broken", "missing image")),
    "element-count": About(loading.element_count, ("clutter", "dom size")),
}

OVERALL = "overall"

DIMENSIONS: Mapping[str, Weights] = {
    OVERALL: {
        "field-labels": 2, "text-contrast": 2, "text-amount": 2, "link-texts": 1.5,
        "target-size": 1.5, "image-alternatives": 1.5, "broken-resources": 1.5, "text-size": 1.5,
        "readability": 1, "control-names": 1, "heading-order": 1, "page-language": 1,
        "landmarks": 1, "focus-order": 1, "focus-visible": 1, "zoom": 1, "fits-window": 1,
        "pressure-words": 1, "policies": 1, "contact": 1, "dead-links": 1, "page-weight": 1,
        "title-and-description": 0.5, "secure-connection": 1, "placeholder-text": 1,
        "consistent-markup": 0.5, "colour-count": 0.5, "typeface-count": 0.5, "skip-link": 0.5,
        "moving-content": 0.5, "sentence-length": 0.5, "request-count": 0.5, "line-spacing": 0.5,
        "size-steps": 0.25, "element-count": 0.25,
    },
    "usability": {
        "field-labels": 3, "target-size": 2, "control-names": 2, "link-texts": 2, "dead-links": 2,
        "focus-order": 1.5, "zoom": 1.5, "fits-window": 1.5, "text-size": 1.5, "text-amount": 1.5,
        "broken-resources": 1.5, "text-contrast": 1, "heading-order": 1, "page-weight": 1,
        "element-count": 0.5, "request-count": 0.5,
    },
    "visual-design": {
        "text-contrast": 3, "text-size": 2, "colour-count": 1.5, "typeface-count": 1.5,
        "target-size": 1.5, "fits-window": 1.5, "broken-resources": 1.5, "size-steps": 1,
        "line-spacing": 1, "consistent-markup": 1, "moving-content": 1, "zoom": 1,
    },
    "accessibility": {
        "field-labels": 3, "image-alternatives": 3, "text-contrast": 3, "control-names": 2.5,
        "focus-order": 2.5, "page-language": 2, "focus-visible": 2, "heading-order": 1.5,
        "landmarks": 1.5, "target-size": 1.5, "zoom": 1.5, "text-size": 1, "skip-link": 1,
        "link-texts": 1, "moving-content": 1,
    },
    "content": {
        "readability": 2.5, "text-amount": 2, "placeholder-text": 2, "sentence-length": 1.5,
        "link-texts": 1.5, "heading-order": 1.5, "title-and-description": 1.5,
        "pressure-words": 1.5, "broken-resources": 1, "page-language": 0.5,
    },
    "helpfulness": {
        "contact": 2.5, "link-texts": 2, "field-labels": 2, "text-amount": 2, "dead-links": 2,
        "readability": 1.5, "policies": 1, "heading-order": 1, "title-and-description": 1,
        "placeholder-text": 1,
    },
    "accuracy": {
        "placeholder-text": 3, "dead-links": 2.5, "broken-resources": 2.5,
        "title-and-description": 1.5, "page-language": 1.5, "heading-order": 1,
        "image-alternatives": 1, "link-texts": 1,
    },
    "safety": {
        "secure-connection": 3, "pressure-words": 2.5, "policies": 2, "moving-content": 1.5,
        "contact": 1, "field-labels": 1, "dead-links": 0.5,
    },
    "design-system": {
        "consistent-markup": 2.5, "colour-count": 2, "typeface-count": 2, "size-steps": 2,
        "text-contrast": 1.5, "target-size": 1, "heading-order": 1, "field-labels": 0.5,
    },
    "trust": {
        "policies": 2.5, "contact": 2.5, "pressure-words": 2.5, "secure-connection": 2,
        "broken-resources": 1.5, "dead-links": 1.5, "placeholder-text": 1.5,
        "title-and-description": 0.5, "text-contrast": 0.5,
    },
    "clarity": {
        "link-texts": 2.5, "readability": 2, "sentence-length": 1.5, "heading-order": 1.5,
        "control-names": 1.5, "field-labels": 1.5, "text-contrast": 1, "text-amount": 1,
        "title-and-description": 1, "pressure-words": 0.5,
    },
}  # fmt: skip
"""How much each measure counts for a built-in dimension."""

DIMENSION_WORDS: Mapping[str, tuple[str, ...]] = {
    "usability": ("usab", "easy", "ease", "effort", "navigat", "checkout", "task", "form"),
    "visual-design": ("visual", "look", "beaut", "aesthetic", "appeal", "layout", "attract"),
    "accessibility": ("accessib", "a11y", "wcag", "inclusive", "screen reader", "disab"),
    "content": ("content", "copy", "wording", "text", "writing", "tone"),
    "helpfulness": ("help", "support", "guidance", "useful", "answer"),
    "accuracy": ("accura", "correct", "error-free", "precise", "up to date"),
    "safety": ("safe", "secur", "privacy", "harm", "risk"),
    "design-system": ("design system", "consisten", "brand", "component", "token"),
    "trust": ("trust", "credib", "honest", "confiden", "reliab", "reassur", "legitim"),
    "clarity": ("clear", "clarity", "understand", "comprehen", "confus", "plain"),
}
"""What a custom dimension is understood by, in its name and its guidance; otherwise: overall."""

_NAME_COUNTS = 3


def weights_of(dimension: Dimension) -> tuple[Weights, tuple[str, ...]]:
    """The weights of a dimension, and the built-in ones that it was understood as.

    A custom one is a mixture of those that its words speak of, by how often they do.
    """
    if dimension.id in DIMENSIONS:
        return DIMENSIONS[dimension.id], (dimension.id,)
    name = f"{dimension.id} {dimension.name}".lower()
    guidance = dimension.guidance.lower()[:8000]
    hits = {
        known: sum(_NAME_COUNTS * _found(word, name) + _found(word, guidance) for word in words)
        for known, words in DIMENSION_WORDS.items()
    }
    understood = tuple(known for known, number in hits.items() if number)
    if not understood:
        return DIMENSIONS[OVERALL], (OVERALL,)
    total = sum(hits.values())
    mixed: dict[str, float] = {}
    for known in understood:
        for measure, weight in DIMENSIONS[known].items():
            mixed[measure] = mixed.get(measure, 0.0) + weight * hits[known] / total
    return mixed, understood


def _found(word: str, text: str) -> int:
    return len(re.findall(rf"\b{re.escape(word)}", text))
