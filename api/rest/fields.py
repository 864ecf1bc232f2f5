"""Serializer fields that accept exactly one JSON type. DRF's own fields convert: its boolean
accepts `"yes"`, its text accepts `5`. Here a value of another type is an error.
"""

from datetime import UTC, datetime
from typing import Any, ClassVar

from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import RegexValidator, validate_email
from django.utils.dateparse import parse_datetime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.clock import iso
from api.email_addresses import normal_address

#: Characters of a key in a map.
KEY_LIMIT = 200


class Text(serializers.CharField):
    """A JSON string, kept as it was sent; by default it may not be empty."""

    default_error_messages = {"invalid": "Must be a string.", "blank": "Must not be empty."}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("trim_whitespace", False)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Let a string through unchanged."""
        if not isinstance(data, str):
            self.fail("invalid")
        return data

    def to_representation(self, value: Any) -> Any:
        """Text is written as it is."""
        return value


#: Names are shown on one line in lists, mails and logs. So they hold no line breaks, and no
#: characters that reverse the direction of text.
ONE_LINE = RegexValidator(
    r"\A[^\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]*\Z",
    "Must be one line, without control characters.",
)


class Name(Text):
    """A JSON string that names something: one line of text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # The document gives the pattern only where a name may not be empty: for the others the
        # generator would split the type into a text with a pattern and an empty one.
        check = ONE_LINE.__call__ if self.allow_blank else ONE_LINE
        self.validators = [*self.validators, check]


class GivenName(serializers.CharField):
    """The name of a person; null where nobody gave one, and never an empty text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_null=True, read_only=True, **kwargs)

    def to_representation(self, value: Any) -> Any:
        """The name, or null."""
        return value or None


@extend_schema_field(OpenApiTypes.URI)
class Url(Text):
    """A URL as text. Its user decides which URLs are allowed."""


class Flag(serializers.BooleanField):
    """A JSON boolean."""

    default_error_messages = {"invalid": "Must be true or false."}

    def to_internal_value(self, data: Any) -> bool:
        """Let true and false through."""
        if not isinstance(data, bool):
            self.fail("invalid")
        return data

    def to_representation(self, value: Any) -> Any:
        """A boolean is written as it is."""
        return value


@extend_schema_field({"type": "boolean", "enum": [True]})
class AlwaysTrue(Flag):
    """A field that is always true."""


@extend_schema_field({"type": "boolean", "enum": [False]})
class AlwaysFalse(Flag):
    """A field that is always false."""


class Whole(serializers.IntegerField):
    """A JSON number without a fraction."""

    default_error_messages = {"invalid": "Must be a whole number."}

    def to_internal_value(self, data: Any) -> int:
        """Let integers through; `true` is not one."""
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class Number(serializers.FloatField):
    """A JSON number, whole or not."""

    default_error_messages = {"invalid": "Must be a number."}

    def to_internal_value(self, data: Any) -> float:
        """Let numbers through as they are; `true` is not one."""
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return data

    def to_representation(self, value: Any) -> Any:
        """A number is written as it is."""
        return value


class Array(serializers.ListField):
    """A JSON array; `child` says of what."""

    default_error_messages = {"not_a_list": "Must be an array.", "empty": "Must not be empty."}

    def to_internal_value(self, data: Any) -> Any:
        """Compare the length before any entry is read: reading each of 400,000 takes seconds."""
        if isinstance(data, list) and self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)


class Map(serializers.DictField):
    """A JSON object whose keys the caller chooses, up to a number of entries."""

    default_error_messages = {
        "not_a_dict": "Must be an object.",
        "entries": "Must have at most {max_entries} entries.",
        "key": "A key must have 1 to {max_key} characters.",
    }

    def __init__(self, *, max_entries: int, **kwargs: Any) -> None:
        self.max_entries = max_entries
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Any:
        """Let an object through that is not too large."""
        if not isinstance(data, dict):
            self.fail("not_a_dict", input_type=type(data).__name__)
        if len(data) > self.max_entries:
            self.fail("entries", max_entries=self.max_entries)
        if any(not 1 <= len(key) <= KEY_LIMIT for key in data):
            self.fail("key", max_key=KEY_LIMIT)
        return self.read(data)

    def read(self, data: dict[str, Any]) -> dict[str, Any]:
        """What the values may be: here, what the child lets through."""
        return dict(self.run_child_validation(data))


class Choice(serializers.ChoiceField):
    """One of a fixed list of words; `fold` compares them without case."""

    #: Whether an installation can add words, so that a schema must not list them.
    extensible: ClassVar[bool] = False

    def __init__(
        self,
        choices: Any,
        *,
        fold: bool = False,
        aliases: dict[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        self.fold, self.aliases = fold, aliases or {}
        super().__init__(choices, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        """Let a listed word through, or one of its accepted other spellings."""
        wanted = self.aliases.get(data, data) if isinstance(data, str) else None
        if wanted is not None and self.fold:
            wanted = wanted.upper()
        if wanted not in self.choices:
            listed = ", ".join(str(choice) for choice in self.choices)
            raise serializers.ValidationError(f"Must be one of: {listed}.")
        return wanted

    def to_representation(self, value: Any) -> Any:
        """A word is written as it is."""
        return value


@extend_schema_field(OpenApiTypes.DATETIME)
class Moment(serializers.Field[datetime | None, Any, str | None, Any]):
    """A point in time: ISO 8601 in, UTC with milliseconds out. Without an offset it is UTC."""

    default_error_messages = {
        "invalid": "Must be an ISO 8601 time, for example 2026-06-01T08:00:00Z."
    }

    def to_internal_value(self, data: Any) -> datetime | None:
        """Read a time; one whose UTC form leaves the calendar is refused."""
        try:
            # RFC 3339 lets `t` and `z` be written small.
            moment = parse_datetime(data.upper()) if isinstance(data, str) else None
            if moment is None:
                self.fail("invalid")
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail("invalid")

    def to_representation(self, value: Any) -> str | None:
        """Write the time in the form of the API."""
        return iso(value)


@extend_schema_field(
    {
        "type": "string",
        "description": "An ISO 8601 time, in UTC where it names no zone; null or empty clears.",
    }
)
class ClearableMoment(Moment):
    """A point in time that forms clear by sending an empty string."""

    def to_internal_value(self, data: Any) -> datetime | None:
        """Read a time, or nothing."""
        return None if data == "" else super().to_internal_value(data)


@extend_schema_field(OpenApiTypes.EMAIL)
class Email(Text):
    """An e-mail address in its normal form: there is one account for an address."""

    default_error_messages = {"email": "Must be an e-mail address."}
    longest = 254  # what fits into an SMTP path

    def to_internal_value(self, data: Any) -> str:
        """Read an address, however it was typed."""
        address = normal_address(super().to_internal_value(data))
        try:
            validate_email(address)
        except DjangoValidationError:
            self.fail("email")
        if len(address) > self.longest:
            self.fail("email")
        return address
