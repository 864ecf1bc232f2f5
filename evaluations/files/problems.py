"""What may be wrong with an upload, as errors of the API."""

from http import HTTPStatus

from api.exceptions import InvalidRequest, RateLimitError
from evaluations.files.kinds import KINDS, Kind
from teams.models import Plan


class UnsupportedFileType(InvalidRequest):
    """Files of this type cannot be uploaded; the message lists those that can."""

    code = "unsupported_file_type"

    def __init__(self, param: str) -> None:
        super().__init__(f"{param}: Must be one of: {', '.join(KINDS)}.", param=param)


class FileTooLarge(InvalidRequest):
    """The file is larger than files of its type may be."""

    code = "file_too_large"

    def __init__(self, kind: Kind, param: str) -> None:
        super().__init__(
            f"{param}: A file of type {kind.type} has at most {kind.limit:,} bytes.", param=param
        )


class FileQuotaExceeded(RateLimitError):
    """The team holds as many files, or as many bytes of them, as its plan allows."""

    code = "file_quota_exceeded"

    def __init__(self, limit: str, plan: str) -> None:
        super().__init__(
            f"The {Plan(plan).label} plan includes {limit}, and this file would exceed that. "
            "Delete studies whose files are not needed any more."
        )


class FileRejected(InvalidRequest):
    """The bytes that were sent are not the file that was announced, or not one that can be shown.

    `details.cause` says why, in a word: `content_type_mismatch`, `size_mismatch`,
    `unsupported_content`, `damaged`, `too_large`, `too_many_pixels`.
    """

    code = "file_rejected"

    def __init__(self, cause: str, text: str, *, param: str | None = None) -> None:
        message = f"{param}: {text}" if param else text
        super().__init__(message, param=param, details={"cause": cause})
        self.cause, self.text = cause, text


class FileNotUploaded(InvalidRequest):
    """The file cannot be finalised: its bytes have not arrived."""

    code = "file_not_uploaded"
    message = "The bytes of this file have not arrived. PUT them to its signedUrl first."


class FileFinalized(InvalidRequest):
    """The file is finalised, and its bytes can no longer be replaced."""

    status = HTTPStatus.CONFLICT
    code = "file_finalized"
    message = "This file is finalised. Start a new upload instead of sending it again."


class LengthRequired(InvalidRequest):
    """The body of an upload needs a `Content-Length`."""

    status = HTTPStatus.LENGTH_REQUIRED
    code = "length_required"
    message = "Send the file with a Content-Length, and not in chunks."
