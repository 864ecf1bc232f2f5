"""Files in the form of a study: sending one with a form, and showing those that designs name.

A file is sent by a button of its own, with the whole form, so nothing typed is lost. What it shows
is stored with the study when the form is saved.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from django.db.models import Q
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParserError

from api.exceptions import ApiError
from evaluations.files import addresses, uploads
from evaluations.files.kinds import KINDS, LARGEST
from evaluations.files.problems import FileRejected
from evaluations.files.uploads import Sent
from evaluations.models import Evaluation, File, FileStatus
from evaluations.pages.form.parts import Row
from evaluations.pages.form.sheet import Sheet
from evaluations.rest.file_serializers import UploadName
from teams.models import Team, User

#: The types that the dialog of the browser offers.
ACCEPTED = ",".join(KINDS)

NOT_CHOSEN = "Choose a file first, then upload it."
NOT_SENT = "{} was not uploaded. Choose it again, and press Upload before you save."
BROKEN_OFF = "The file did not arrive as a whole. Choose it again."


@dataclass(frozen=True)
class Slot:
    """A place of a row that may show a file."""

    row: Row
    field: str
    label: str
    file: File | None = None

    @property
    def name(self) -> str:
        """The name of the field with the id, which is its path."""
        return self.row.add_prefix(self.field)

    @property
    def value(self) -> str:
        """The id of the file, typed or stored."""
        return str(self.row.typed(self.field) or "")

    @property
    def errors(self) -> list[str]:
        """What is wrong with the file."""
        return [str(text) for text in self.row.errors.get(self.field, ())]

    @property
    def offer(self) -> str:
        """What may be uploaded, in the middle of a sentence."""
        return f"f{self.label[1:]}"

    @property
    def chosen_name(self) -> str:
        """The name of the field with the file itself."""
        return f"{self.name}.file"

    @property
    def address(self) -> str:
        """Where the page finds the file."""
        return addresses.to_show(self.file.pk, self.file.size) if self.file else ""

    @property
    def is_drawn(self) -> bool:
        """Whether browsers draw it as a small picture."""
        kind = KINDS.get(self.file.content_type) if self.file else None
        return kind is not None and kind.is_picture and kind.type != "image/heic"

    @property
    def kind(self) -> str:
        """The type, for people."""
        return self.file.content_type.partition("/")[2].upper() if self.file else ""


def wanted_by(request: HttpRequest) -> str:
    """The place that a form uploads a file for; empty for all other buttons."""
    verb, _, place = request.POST.get("do", "").partition(".")
    return place if verb == "upload" else ""


def look_at(request: HttpRequest) -> Sent | ApiError:
    """The file of a form, looked at before any lock is taken; or what is wrong with it."""
    place = wanted_by(request)
    try:
        file = request.FILES.get(f"{place}.file")
        if file is None:
            return FileRejected("missing", NOT_CHOSEN)
        named = UploadName.shared().run_validation({"file": file.name})["file"]
        sent: Sent | ApiError = uploads.look_at(file, named, uploads.digest_of(file), param="")
    except ApiError as error:
        return error
    except MultiPartParserError:
        return FileRejected("size_mismatch", BROKEN_OFF)
    return sent


def has(sheet: Sheet, place: str) -> bool:
    """Whether a form has a place for a file: not when its designs are fixed."""
    return any(row.add_prefix(field) == place for row, field in _places(sheet))


def refuse(sheet: Sheet, place: str, error: ApiError) -> None:
    """Show a refusal in the row of the file."""
    for row, field in _places(sheet):
        if row.add_prefix(field) == place:
            row.add_error(field, error.message.removeprefix(": "))
            return
    sheet.errors.append(error.message)


def refuse_unsent(sheet: Sheet, data: QueryDict) -> bool:
    """Refuse to save a form in which a file was chosen and not uploaded; whether there was one."""
    found = False
    for row, field in _places(sheet):
        chosen = data.get(f"{row.add_prefix(field)}.file", "")
        if isinstance(chosen, str) and chosen:
            row.add_error(field, NOT_SENT.format(chosen[:100]))
            found = True
    return found


def attach(sheet: Sheet, team: Team, study: Evaluation | None) -> None:
    """Give the rows the files that they name, with one query, if they name any."""
    wanted = {row.typed(field) for row, field in _places(sheet)} - {None, ""}
    mine = Q(team=team) | Q(uses__evaluation=study) if study else Q(team=team)
    rows = File.objects.filter(mine, pk__in=wanted, status=FileStatus.READY) if wanted else ()
    known = {file.pk: file for file in rows}
    slot = partial(_slot, known)
    for row, _ in _places(sheet):
        row.slots = [slot(row, field, label) for field, label in row.file_fields]


def _slot(known: dict[str, File], row: Row, field: str, label: str) -> Slot:
    return Slot(row, field, label, known.get(row.typed(field) or ""))


def _places(sheet: Sheet) -> Iterator[tuple[Row, str]]:
    for rows in (sheet.designs, sheet.pairs):
        for _, row in rows:
            for field, _label in row.file_fields:
                yield row, field


def pass_for(person: User) -> str:
    """What lets the form of a person bring a file."""
    return addresses.form_pass(person.pk, LARGEST)
