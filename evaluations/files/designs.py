"""Files as designs: a `fileId` in a design or a pair, and which study shows which file."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone
from rest_framework.serializers import ValidationError

from evaluations.files.kinds import KINDS
from evaluations.models import Evaluation, File, FileStatus, FileUse
from teams.models import Team

#: Where a design may name a file, and where it says what kind of thing that is.
FIELDS = {
    "designUrls": (("fileId", "stimulusType"),),
    "comparisonPairs": (("sideAFileId", "sideAType"), ("sideBFileId", "sideBType")),
}

UNKNOWN = "There is no finalised file with this id."

#: What each word may stand for; a page is whatever the file is.
_FITTING = {"IMAGE": {"IMAGE", "GIF"}, "GIF": {"GIF"}, "VIDEO": {"VIDEO"}}


@dataclass(frozen=True)
class Place:
    """A place of a wizard that names a file."""

    path: str
    stimulus: dict[str, Any]
    field: str
    kind_field: str

    @property
    def file(self) -> str:
        """The id."""
        return str(self.stimulus[self.field])


def places_of(wizard: Mapping[str, Any]) -> Iterator[Place]:
    """All places of a wizard that name files."""
    for name, fields in FIELDS.items():
        for number, stimulus in enumerate(wizard.get(name) or ()):
            for field, kind_field in fields:
                if stimulus.get(field):
                    yield Place(f"{name}.{number}", stimulus, field, kind_field)


def named_in(wizard: Mapping[str, Any]) -> set[str]:
    """The ids of the files that a wizard names."""
    return {place.file for place in places_of(wizard)}


def settle(wizard: dict[str, Any], team: Team, *, kept: Set[str] = frozenset()) -> None:
    """Refuse files that a study of a team cannot show, and say of each design what it is.

    A file of another team looks like one that does not exist. `kept` are those that the study
    shows already: it may have come from another team with them. The rows are locked, so that none
    is deleted before the study is stored. No query where no file is named.

    Raises:
        ValidationError: naming each place.
    """
    places = list(places_of(wizard))
    if not places:
        return
    rows = File.objects.select_for_update(no_key=True, of=("self",)).order_by("pk")
    ready = rows.filter(pk__in={place.file for place in places}, status=FileStatus.READY)
    usable = {
        file.pk: KINDS[file.content_type].shown
        for file in ready
        if file.team_id == team.pk or file.pk in kept
    }
    problems = dict(filter(None, (_settle(place, usable.get(place.file)) for place in places)))
    if problems:
        raise ValidationError(problems)


def _settle(place: Place, shown: str | None) -> tuple[str, str] | None:
    """Give a design the kind of its file; the place and the text, where they do not fit."""
    if shown is None:
        return f"{place.path}.{place.field}", UNKNOWN
    said = place.stimulus.get(place.kind_field) or "URL"
    if said == "URL":
        place.stimulus[place.kind_field] = "URL" if shown == "PDF" else shown
    elif shown not in _FITTING[said]:
        return f"{place.path}.{place.kind_field}", f"The file is of the kind {shown}, not {said}."
    return None


def record(evaluation: Evaluation, *, before: Set[str] = frozenset()) -> None:
    """Keep which files a study shows; no query where that stays the same."""
    now = named_in(evaluation.wizard)
    if new := now - before:
        uses = [FileUse(file_id=pk, evaluation=evaluation) for pk in sorted(new)]
        FileUse.objects.bulk_create(uses, ignore_conflicts=True)
        File.objects.filter(pk__in=new).update(unused_since=None)
    if gone := before - now:
        FileUse.objects.filter(evaluation=evaluation, file__in=gone).delete()
        shown = FileUse.objects.filter(file__in=gone).values_list("file", flat=True)
        unused = File.objects.filter(pk__in=gone - set(shown))
        unused.update(unused_since=timezone.now())


def follow(evaluation: Evaluation) -> None:
    """Take the files of a study along to its new team, except those that another study shows."""
    theirs = File.objects.filter(Q(evaluation=evaluation) | Q(uses__evaluation=evaluation))
    pks = set(theirs.values_list("pk", flat=True))
    elsewhere = FileUse.objects.filter(file__in=pks).exclude(evaluation=evaluation)
    pks -= set(elsewhere.values_list("file", flat=True))
    File.objects.filter(pk__in=pks).update(team=evaluation.team)
