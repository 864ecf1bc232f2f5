"""The parts of the form of a study. They hold the input and turn it into a body of the API.

The parts validate nothing: the serializers of the API do, so that page and API refuse the same.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.forms.utils import ErrorDict

from evaluations.models import EvaluationMethod, EvaluationType, ShareAccess
from evaluations.studies.stimuli import AGENTS_LIMIT, INSTRUCTIONS_LIMIT, LABEL_LIMIT

TYPES = (
    (EvaluationType.SSE, "Each by itself"),
    (EvaluationType.SXS, "Side by side"),
)
METHODS = (
    (EvaluationMethod.BOTH, "People and autousers"),
    (EvaluationMethod.AI, "Only autousers"),
    (EvaluationMethod.MANUAL, "Only people"),
)
ACCESS = (
    (ShareAccess.TEAM_ONLY, "My team, and people I share it with"),
    (ShareAccess.AUTOUSERS_LINK, "Anyone who has the link and is signed in"),
    (ShareAccess.ANYONE_WITH_LINK, "Anyone who has the link"),
    (ShareAccess.PASSWORD_PROTECTED, "Anyone who has the link and a password"),
)
FLOWS = (("combined", "All together"), ("stepped", "One at a time"))
LAYOUTS = (("side", "Side by side"), ("stacked", "One above the other"))

Body = dict[str, Any]


def line(label: str, limit: int, **extra: Any) -> forms.CharField:
    """A field of one line."""
    attrs = {"maxlength": limit, "autocomplete": "off", **extra.pop("attrs", {})}
    return forms.CharField(label=label, widget=forms.TextInput(attrs=attrs), **extra)


def _address(label: str) -> forms.CharField:
    attrs = {"inputmode": "url", "autocomplete": "off", "placeholder": "https://"}
    return forms.CharField(label=label, widget=forms.TextInput(attrs=attrs))


def text(label: str, limit: int, help_text: str, rows: int = 3) -> forms.CharField:
    """A field of several lines."""
    widget = forms.Textarea(attrs={"maxlength": limit, "rows": rows})
    return forms.CharField(label=label, widget=widget, help_text=help_text)


def number(label: str, least: int, most: int) -> forms.CharField:
    """A field for a number; what is typed stays text."""
    attrs = {"min": least, "max": most, "class": "count", "inputmode": "numeric"}
    return forms.CharField(label=label, widget=forms.NumberInput(attrs=attrs))


def _one_of(label: str, choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect)


def whole(typed: Any) -> int | str:
    """A typed number; other text stays, and the serializer refuses it."""
    text = str(typed or "")
    return int(text) if text.isdecimal() and len(text) < 9 else text


def typed_text(value: str) -> str:
    """A typed text. Browsers send lines with CR LF."""
    return value.replace("\r\n", "\n").strip()


class Part(forms.Form):
    """Some fields of the form. Their names are those of the API wherever it has them."""

    use_required_attribute = False
    #: Fields that the body takes as they were typed.
    plain: ClassVar[tuple[str, ...]] = ()

    def add_prefix(self, field_name: str) -> str:
        """The name of a field, with the path of its row: what the API calls it in `param`."""
        return f"{self.prefix}.{field_name}" if self.prefix else field_name

    def full_clean(self) -> None:
        """Begin without errors; the API's serializers find them."""
        self._errors = ErrorDict()
        self.cleaned_data = {}

    def typed(self, name: str) -> Any:
        """The value of a field, typed or stored."""
        value = self[name].value()
        return typed_text(value) if isinstance(value, str) else value

    @classmethod
    def initial_of(cls, body: Mapping[str, Any]) -> dict[str, Any]:
        """The values of the fields for a body of the API."""
        return {name: body.get(name) for name in cls.plain}

    def body(self) -> Body:
        """The fields for a body of the API."""
        return {name: self.typed(name) or "" for name in self.plain}


class About(Part):
    """The name of the study."""

    plain = ("name", "description")
    name = line("Name", 200)
    description = text("Notes for the team", 2000, "Raters do not see them.", rows=2)


class Kind(Part):
    """How designs are rated."""

    plain = ("type",)
    type = _one_of("How are designs rated?", TYPES)


class Questions(Part):
    """The chosen dimensions; the page draws them itself."""

    selectedDimensionIds = forms.MultipleChoiceField()

    @classmethod
    def initial_of(cls, body: Mapping[str, Any]) -> dict[str, Any]:
        """The dimensions of a body."""
        return {"selectedDimensionIds": body["selectedDimensionIds"]}

    def body(self) -> Body:
        """The dimensions; those of the study's own are added by the sheet."""
        return {"selectedDimensionIds": list(self.typed("selectedDimensionIds") or [])}


class Looks(Part):
    """The texts and switches of the rating page."""

    plain = ("scenario", "instructions", "ratingFlow", "defaultLayout")
    scenario = text(
        "Scenario",
        INSTRUCTIONS_LIMIT,
        "What raters imagine they are doing. People read it first; autousers get it, too.",
    )
    instructions = text(
        "Instructions", INSTRUCTIONS_LIMIT, "What raters are to look at, or to leave aside."
    )
    ratingFlow = _one_of("Questions appear", FLOWS)
    defaultLayout = _one_of("Pairs stand", LAYOUTS)
    slider = forms.BooleanField(label="Offer a slider for values in between")
    comment = forms.BooleanField(label="Ask for a comment")
    randomizeOrder = forms.BooleanField(
        label="Show designs in another order to each person, and the sides of pairs by lot"
    )

    @classmethod
    def initial_of(cls, body: Mapping[str, Any]) -> dict[str, Any]:
        """A switch is off if the API hides its field."""
        offered = {
            "slider": not body["hideSlider"],
            "comment": not body["hideOpenTextQuestions"],
            "randomizeOrder": body["randomizeOrder"],
        }
        return {**super().initial_of(body), **offered}

    def body(self) -> Body:
        """A switch that is off hides."""
        hidden = {
            "hideSlider": not self.typed("slider"),
            "hideOpenTextQuestions": not self.typed("comment"),
            "randomizeOrder": bool(self.typed("randomizeOrder")),
        }
        return {**super().body(), **hidden}


class Method(Part):
    """Who rates."""

    plain = ("evaluationMethod",)
    evaluationMethod = _one_of("Who rates?", METHODS)


class People(Part):
    """Rules for people and guests, and the end of the study."""

    FLAGS: ClassVar = (
        "shareRequireName",
        "shareRequireEmail",
        "shareAllowAnon",
        "allowMultipleRatings",
    )
    shareExpiry = forms.CharField(
        label="At a date and time (UTC)",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    endsAtPeople = forms.CharField(
        label="After so many people have rated everything",
        widget=forms.NumberInput(attrs={"min": 1, "class": "count"}),
    )
    shareRequireName = forms.BooleanField(label="their name")
    shareRequireEmail = forms.BooleanField(label="their e-mail address")
    shareAllowAnon = forms.BooleanField(label="or nothing: they may stay anonymous")
    allowMultipleRatings = forms.BooleanField(
        label="Let people rate a design more than once. The newest counts for agreement."
    )

    @classmethod
    def initial_of(cls, body: Mapping[str, Any]) -> dict[str, Any]:
        """The fields by their names in the API."""
        return {name: body[name] for name in ("shareExpiry", "endsAtPeople", *cls.FLAGS)}

    def body(self) -> Body:
        """An empty field is no end."""
        flags = {name: bool(self.typed(name)) for name in self.FLAGS}
        people = self.typed("endsAtPeople")
        return {
            "shareExpiry": self.typed("shareExpiry") or "",
            "endsAtPeople": None if people in (None, "") else whole(people),
            **flags,
        }


class Link(Part):
    """Who may open the link."""

    plain = ("shareAccess",)
    shareAccess = _one_of("Who may open the link?", ACCESS)
    sharePassword = line("Password", 200)

    def body(self) -> Body:
        """With a password if one was typed: an empty field keeps the present one."""
        typed = self.typed("sharePassword")
        return {**super().body(), **({"sharePassword": typed} if typed else {})}


def problems_of(*forms: Part) -> list[tuple[str, str]]:
    """Each refusal at a field: the id of the field, and what it is called with the text."""
    return [
        (form[name].id_for_label or form[name].auto_id, f"{form[name].label}: {message}")
        for form in forms
        for name, found in form.errors.items()
        for message in found
    ]


class Row(Part):
    """One of several entries. `id` tells which stored entry it changes."""

    id = forms.CharField(widget=forms.HiddenInput)
    #: The field that a new row begins with.
    first: ClassVar[str] = ""
    #: Fields with the id of a file, and what the file is for people.
    file_fields: ClassVar[tuple[tuple[str, str], ...]] = ()
    #: The field that says what kind of thing such a file is.
    kinds_of_files: ClassVar[Mapping[str, str]] = {}
    #: The places for files, as the page shows them.
    slots: Sequence[Any] = ()

    def entry(self, kept: Mapping[str, Any]) -> Body | None:
        """The entry of the body: what is stored under its id, changed; None for an empty row."""
        typed = {name: self.typed(name) or "" for name in self.plain}
        files = {name: self.typed(name) or "" for name, _ in self.file_fields}
        if not any({**typed, **files}.values()):
            return None
        kept = self._without_files(kept, files)
        return {**kept, **{name: text for name, text in typed.items() if text or name in kept}}

    def _without_files(self, kept: Mapping[str, Any], files: Mapping[str, str]) -> Body:
        """What is stored, with the files of now; of a changed one the kind is told anew."""
        changed = {name for name, pk in files.items() if pk != kept.get(name, "")}
        dropped = changed | {self.kinds_of_files[name] for name in changed}
        entry = {name: value for name, value in kept.items() if name not in dropped}
        return {**entry, **{name: pk for name, pk in files.items() if pk}}


class Design(Row):
    """A design that is rated by itself."""

    plain = ("url", "label")
    first = "url"
    file_fields = (("fileId", "File"),)
    kinds_of_files = {"fileId": "stimulusType"}
    url = _address("Address")
    fileId = forms.CharField(widget=forms.HiddenInput)
    label = line("Label", LABEL_LIMIT)


class Pair(Row):
    """Two designs that are compared."""

    plain = ("currentUrl", "variantUrl", "label")
    first = "currentUrl"
    file_fields = (("sideAFileId", "File for A"), ("sideBFileId", "File for B"))
    kinds_of_files = {"sideAFileId": "sideAType", "sideBFileId": "sideBType"}
    sideAFileId = forms.CharField(widget=forms.HiddenInput)
    sideBFileId = forms.CharField(widget=forms.HiddenInput)
    currentUrl = _address("Address of A")
    variantUrl = _address("Address of B")
    label = line("Label", LABEL_LIMIT)


class Own(Row):
    """A dimension of the study's own."""

    plain = ("name", "description")
    first = "name"
    name = line("Question of your own", 200)
    description = line("What it asks", 2000)


class Agents(Row):
    """An autouser, under its own id, and its agents."""

    first = "agentCount"
    agentCount = forms.CharField(
        label="Agents",
        widget=forms.NumberInput(attrs={"min": 1, "max": AGENTS_LIMIT, "class": "count"}),
    )

    def entry(self, kept: Mapping[str, Any]) -> Body | None:
        """The selection; the serializer refuses a text that is no number."""
        return {"autouserId": self.typed("id") or "", "agentCount": whole(self.typed("agentCount"))}
