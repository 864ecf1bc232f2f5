"""The routes of files: announcing, finalising and reading them."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ValidationError

from api.clock import iso
from api.exceptions import BodyTooLarge, InvalidRequest, UnsupportedMediaType
from api.rest.views import ApiView
from api.writes.idempotency import idempotent
from evaluations.files import addresses, uploads
from evaluations.files.access import FileNotFound, find_file, require_editor_of
from evaluations.files.doctor import failed_uploads
from evaluations.files.kinds import FORM_LIMIT
from evaluations.files.uploads import Announced
from evaluations.models import Evaluation, File
from evaluations.rest import file_serializers as shapes
from evaluations.studies.access import find_evaluation, require_role_in, role_in
from teams.auth.permissions import acting_team, require_role
from teams.auth.principals import principal_of
from teams.models import Role, Team

FORM = "multipart/form-data"


class BadForm(InvalidRequest):
    """The body is not a form with a file, as its `Content-Type` says."""

    code = "malformed_form"
    message = "The request body is not multipart/form-data, or it is cut off."


class FileView(ApiView):
    """Base of the routes of files."""

    read_scope = "evaluations:read"
    write_scope = "evaluations:write"


@extend_schema(tags=["Files"])
class FileInitView(FileView):
    """Announcing a file to the team of the caller."""

    def authorize(self, request: Request) -> Team:
        """The team that is acted on; its Editors may."""
        team = acting_team(principal_of(request))
        require_role(principal_of(request), team, Role.EDITOR)
        return team

    @extend_schema(
        operation_id="postFilesInit",
        summary="Start an upload",
        request=shapes.FileInitSerializer,
        responses={201: shapes.FileInitResultSerializer},
        extensions={"x-role": "Editor+"},
    )
    @idempotent
    def post(self, request: Request, team: Team) -> Response:
        """Announce a file, and get an address that takes its bytes for 15 minutes.

        PUT the bytes with the given headers; the answer is 204. Then finalise the file.
        """
        values = shapes.FileInitSerializer.parse(request.data)
        announced = Announced(values["filename"], values["mimeType"], values["sizeBytes"])
        file, address, ticket = uploads.begin(
            team=team, author=principal_of(request).user, announced=announced
        )
        body = {
            "fileId": file.pk,
            "signedUrl": address,
            "headers": {"Content-Type": file.content_type},
            "expiresAt": iso(ticket.expires_at),
        }
        return Response(body, status=201)


@extend_schema(tags=["Files"])
class FileFinalizeView(FileView):
    """The end of an upload."""

    def authorize(self, request: Request, fileId: str) -> File:
        """The file, locked; Editors of its team, or of the study that it was uploaded for."""
        principal = principal_of(request)
        file = find_file(principal, fileId, lock=True)
        role = None
        if file.evaluation_id and principal.role_in(file.team_id) is None:
            role = role_in(principal, find_evaluation(principal, file.evaluation_id, whole=False))
        require_editor_of(principal, file, role)
        return file

    @extend_schema(
        operation_id="postFilesFileIdFinalize",
        summary="Finish an upload",
        request={"application/json": {"type": "object"}},
        responses={200: shapes.FileFinalizedSerializer},
        extensions={"x-role": "Editor+"},
    )
    @idempotent
    def post(self, request: Request, file: File) -> Response:
        """Make a file usable whose bytes have arrived. From then on it never changes."""
        uploads.finalize(file)
        return Response(shapes.FileFinalizedSerializer.render(file))


@extend_schema(tags=["Files"])
class FileReadView(FileView):
    """The bytes of a file, by an address that expires."""

    @extend_schema(
        operation_id="getFilesFileId",
        summary="Read a file",
        responses={
            200: shapes.FileAddressSerializer,
            302: OpenApiResponse(description="A redirect to the bytes"),
        },
    )
    def get(self, request: Request, fileId: str) -> Response:
        """Be sent to the bytes, or with `Accept: application/json` get their address.

        The address is good for 15 minutes and needs no credential.
        """
        file = find_file(principal_of(request), fileId)
        if not file.is_ready:
            raise FileNotFound
        address, ticket = addresses.to_fetch(file.pk, file.size)
        body = {"url": address, "expiresAt": iso(ticket.expires_at)}
        if _wants_json(request):
            return Response(body)
        return Response(body, status=302, headers={"Location": address})


@extend_schema(tags=["Files"])
class FilesDoctorView(FileView):
    """Uploads that failed."""

    @extend_schema(
        operation_id="getFilesDoctor",
        summary="Recent failed uploads",
        responses={200: shapes.FilesDoctorSerializer},
    )
    def get(self, request: Request) -> Response:
        """The uploads of the last day that came to nothing, and why."""
        failed = failed_uploads(acting_team(principal_of(request)))
        return Response(shapes.FilesDoctorSerializer.render({"data": failed}))


@extend_schema(tags=["Files"])
class SignedUrlView(FileView):
    """Announcing a file for one study."""

    def authorize(self, request: Request) -> Evaluation | None:
        """The study that the body names; its Editors may. What is no id is left to validation."""
        body = request.data if isinstance(request.data, dict) else {}
        return _study(request, body.get("evaluationId"))

    @extend_schema(
        operation_id="postFilesSignedUrl",
        summary="Start an upload for one evaluation",
        request=shapes.SignedUrlCreateSerializer,
        responses={201: shapes.SignedUrlResultSerializer},
        extensions={"x-role": "Editor+"},
    )
    @idempotent
    def post(self, request: Request, study: Evaluation | None) -> Response:
        """As `POST /files/init`, for a file that is deleted with its study."""
        values = shapes.SignedUrlCreateSerializer.parse(request.data)
        if study is None:
            raise AssertionError("validation refuses a body without a study")
        file, address, ticket = uploads.begin(
            team=study.team,
            author=principal_of(request).user,
            announced=Announced(values["filename"], values["contentType"], values["size"]),
            evaluation=study,
            side=values.get("side", ""),
            params=("contentType", "size"),
        )
        expires = iso(ticket.expires_at)
        return Response({"fileId": file.pk, "uploadUrl": address, "expiresAt": expires}, status=201)


@extend_schema(tags=["Files"])
class FileFormView(FileView):
    """Uploading a file in one step, as a form."""

    file: UploadedFile | None = None

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Begin without a form; OPTIONS and those who may not upload have none."""
        super().setup(request, *args, **kwargs)
        self.fields: dict[str, Any] = {}

    def _take_body(self, request: HttpRequest) -> InvalidRequest | None:
        """Let Django read the form: its file goes to the disk, piece by piece."""
        if not self._is_welcome(request):
            return None
        if request.content_type != FORM:
            return UnsupportedMediaType(request.content_type or "", wanted=FORM)
        if int(request.META.get("CONTENT_LENGTH") or 0) > FORM_LIMIT:
            return BodyTooLarge(FORM_LIMIT)
        try:
            self.fields = {name: request.POST[name] for name in request.POST}
            self.file = request.FILES.get("file")
        except (MultiPartParserError, UnreadablePostError):
            return BadForm()
        return None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Give the form to those who ask for the body: it is read, and cannot be read again."""
        super().initial(request, *args, **kwargs)
        if self.file is not None:
            self.digest = uploads.digest_of(self.file)
            self.fields["file"] = [self.file.name, self.digest]
        request._full_data = self.fields  # type: ignore[attr-defined]

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Let go of the file. Its bytes may be in the store by now; what is left is deleted."""
        if self.file is not None:
            self.file.close()
        return super().finalize_response(request, response, *args, **kwargs)

    def authorize(self, request: Request) -> tuple[Team, Evaluation | None]:
        """The study that the form names, or the team that is acted on; their Editors may."""
        study = _study(request, self.fields.get("evaluationId"))
        if study is not None:
            return study.team, study
        team = acting_team(principal_of(request))
        require_role(principal_of(request), team, Role.EDITOR)
        return team, None

    @extend_schema(
        operation_id="postFiles",
        summary="Upload through the server",
        request={FORM: shapes.FileFormSerializer},
        responses={201: shapes.UploadedFileSerializer},
        extensions={"x-role": "Editor+"},
    )
    @idempotent
    def post(self, request: Request, target: tuple[Team, Evaluation | None]) -> Response:
        """Upload a file of up to 26 MB in one step. Its content tells its type.

        For larger ones use `POST /files/init`.
        """
        team, study = target
        values = shapes.FileFormSerializer.parse(self.fields)
        if self.file is None:
            raise ValidationError({"file": "A file is required."})
        filename = shapes.UploadName.shared().run_validation({"file": self.file.name})["file"]
        sent = uploads.look_at(self.file, filename, self.digest, param="file")
        file = uploads.take(
            team=team,
            author=principal_of(request).user,
            sent=sent,
            evaluation=study,
            side=values.get("side", ""),
        )
        return Response(shapes.UploadedFileSerializer.render(file), status=201)


def _study(request: Request, named: Any) -> Evaluation | None:
    """A study that is named; its Editors may upload to it."""
    if not isinstance(named, str) or not named:
        return None
    principal = principal_of(request)
    study = find_evaluation(principal, named, whole=False)
    require_role_in(principal, study, Role.EDITOR)
    return study


def _wants_json(request: Request) -> bool:
    """Whether a caller asks for JSON by name; `*/*` does not."""
    return "application/json" in request.headers.get("Accept", "").lower()
