"""Each field of a request, a page's form and a row meets hostile text; its work stays linear.

Fields are found by walking the classes: a new one is tested without a line here.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.validators import BaseValidator
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework import serializers

from api.rest.shapes import Shape
from tests.growth.measuring import pumped, worst

pytestmark = pytest.mark.slow

#: Characters and words that validators of addresses, mails, times and numbers know.
UNITS = [
    "a", "A", "0", "-", "_", ".", "a.", "-a", "/", ":", "@", "a@", "%41", " ", "\\", "[", "(", '"',
    "?", "#", "&", "=", "\u0301", "\uff41", "xn--", "\u00e9.", "T", "+",
]  # fmt: skip
STARTS = ["", "http://", "https://a.", "a@", "2026-06-01T", '"']
ENDS = ["", "\0", "@", "!"]


def subclasses(base: type) -> Iterator[type]:
    for one in base.__subclasses__():
        yield one
        yield from subclasses(one)


def leaves(field: Any) -> Iterator[Any]:
    """The fields of a serializer, and those within lists and maps."""
    inner = getattr(field, "child", None)
    if inner is not None:
        yield from leaves(inner)
    elif isinstance(field, serializers.BaseSerializer):
        for one in getattr(field, "fields", {}).values():
            yield from leaves(one)
    else:
        yield field


def kind_of(field: Any) -> str:
    """Fields of one class with the same validators do the same work."""
    validators = sorted(type(one).__name__ for one in field.validators)
    return f"{type(field).__module__}.{type(field).__name__} {' '.join(validators)}".strip()


def request_fields() -> dict[str, Any]:
    get_resolver().url_patterns  # noqa: B018 - imports the views, and their shapes with them
    found = {}
    for shape in subclasses(Shape):
        for field in shape().fields.values():
            for leaf in leaves(field):
                if not leaf.read_only:
                    found.setdefault(f"request {kind_of(leaf)}", leaf)
    return found


def form_fields() -> dict[str, Any]:
    return {
        f"form {kind_of(field)}": field
        for form in subclasses(forms.BaseForm)
        for field in getattr(form, "base_fields", {}).values()
        if not isinstance(field, forms.ModelChoiceField)
    }


def validators_of_rows() -> dict[str, Any]:
    return {
        f"row {type(one).__name__}": one
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.CharField | models.TextField)
        for one in field.validators
        if not isinstance(one, BaseValidator)
    }


def paths(patterns: Any) -> Iterator[Any]:
    for one in patterns:
        yield one.pattern
        if isinstance(one, URLResolver):
            yield from paths(one.url_patterns)
        else:
            assert isinstance(one, URLPattern)


REQUEST_FIELDS, FORM_FIELDS, ROWS = request_fields(), form_fields(), validators_of_rows()


@pytest.mark.parametrize("name", REQUEST_FIELDS)
def test_a_field_of_a_request(name):
    def act(text):
        # A field of replies only has no way in.
        with suppress(serializers.ValidationError, NotImplementedError):
            REQUEST_FIELDS[name].run_validation(text)

    assert worst(act, pumped(UNITS, STARTS, ENDS)) is None


@pytest.mark.parametrize("name", FORM_FIELDS)
def test_a_field_of_a_form(name):
    def act(text):
        with suppress(ValidationError):
            FORM_FIELDS[name].clean(text)

    assert worst(act, pumped(UNITS, STARTS, ENDS)) is None


@pytest.mark.parametrize("name", ROWS)
def test_a_field_of_a_row(name):
    def act(text):
        with suppress(ValidationError):
            ROWS[name](text)

    assert worst(act, pumped(UNITS, STARTS, ENDS)) is None


def test_the_path_of_a_request():
    """The patterns of routes, all of them at once; the admin's with its converters too."""
    patterns = list(paths(get_resolver().url_patterns))

    def act(text):
        for one in patterns:
            one.match(text)

    assert (
        worst(act, pumped(["a", "/", "-", "0", "a/", "%2f"], ["", "api/v1/"], ["", "\0"])) is None
    )


def test_fields_are_found():
    assert any("Email" in name for name in REQUEST_FIELDS)
    assert any("Address" in name for name in REQUEST_FIELDS)
    assert any("Moment" in name for name in REQUEST_FIELDS)
    assert any("EmailField" in name for name in FORM_FIELDS)
    assert {"row EmailValidator", "row RegexValidator"} <= set(ROWS)
