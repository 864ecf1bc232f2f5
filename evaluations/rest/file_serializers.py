"""Request and reply shapes of files."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.rest.fields import Choice, Flag, Moment, Name, Text, Url, Whole
from api.rest.shapes import Shape
from evaluations.files.kinds import LARGEST, SHOWN_TYPES
from evaluations.models import FILENAME_LIMIT

NO_PATH = "Must be the name of a file, without a path."


class Filename(Name):
    """The name of a file, for people; where the file is stored does not depend on it."""

    default_error_messages = {"path": NO_PATH}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=FILENAME_LIMIT, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Refuse what leads to another folder somewhere."""
        name = super().to_internal_value(data)
        if "/" in name or "\\" in name or name in (".", ".."):
            self.fail("path")
        return name


class FileInitSerializer(Shape):
    """The body of `POST /files/init`."""

    filename = Filename()
    mimeType = Text(allow_blank=True, help_text="Its type; the content has to fit.")
    sizeBytes = Whole(min_value=1, max_value=LARGEST)


class HeadersSerializer(serializers.DictField):
    """Headers to send."""


class FileInitResultSerializer(Shape):
    """Where and how to send the bytes."""

    fileId = Text()
    signedUrl = Url(help_text="PUT the bytes to it, with exactly these headers.")
    headers = HeadersSerializer(child=serializers.CharField())
    expiresAt = Moment()


class FileFinalizedSerializer(Shape):
    """A file that studies can use."""

    fileId = Text(source="pk")
    sha256 = Text()
    sizeBytes = Whole(source="size", min_value=0)
    mimeType = Text(source="content_type")
    ready = Flag(source="is_ready")


class FileAddressSerializer(Shape):
    """Where the bytes of a file are, for a while."""

    url = Url()
    expiresAt = Moment()


class SignedUrlCreateSerializer(Shape):
    """The body of `POST /files/signed-url`."""

    evaluationId = Text()
    filename = Filename()
    contentType = Choice(SHOWN_TYPES)
    size = Whole(min_value=1, max_value=LARGEST)
    side = Choice(("A", "B"), required=False)


class SignedUrlResultSerializer(Shape):
    """Where to send the bytes."""

    fileId = Text()
    uploadUrl = Url(help_text="PUT the bytes to it, with the contentType as Content-Type.")
    expiresAt = Moment()


@extend_schema_field(OpenApiTypes.BINARY)
class FileBytes(serializers.Field[Any, Any, Any, Any]):
    """The bytes of a file in a form; they are read apart."""

    def to_internal_value(self, data: Any) -> Any:
        """Let through what stands for them."""
        return data


class UploadName(Shape):
    """The name of a file in a form."""

    file = Filename()


class FileFormSerializer(Shape):
    """The form of `POST /files`."""

    file = FileBytes()
    evaluationId = Text(required=False)
    side = Choice(("A", "B"), required=False)


class UploadedFileSerializer(Shape):
    """A file that was uploaded in one step."""

    id = Text()
    filename = Text()
    contentType = Text(source="content_type")
    status = Text(help_text="`ready`: studies can use it.")
    createdAt = Moment(source="created_at")
    evaluationId = Text(source="evaluation_id", allow_null=True)
    size = Whole(allow_null=True, min_value=0)


class FailedUploadSerializer(Shape):
    """An upload that came to nothing, so far."""

    fileId = Text(source="pk")
    filename = Text()
    cause = Text()
    message = Text(help_text="The cause in a sentence.")
    createdAt = Moment(source="created_at")


class FilesDoctorSerializer(Shape):
    """Recent uploads that failed."""

    data = FailedUploadSerializer(many=True)
