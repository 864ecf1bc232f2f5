"""The form of a study as a whole: what is stored, what was typed, and the difference."""

from collections.abc import Mapping

from django.http import QueryDict

from evaluations.models import Evaluation, EvaluationMethod, EvaluationType, ShareAccess
from evaluations.pages.form import parts
from evaluations.pages.form.parts import Body, Part
from evaluations.pages.form.rows import Rows, numbered

#: How a browser writes the value of a date with a time.
MINUTE = "%Y-%m-%dT%H:%M"

#: A new study.
NEW: Body = {
    "name": "",
    "description": "",
    "type": EvaluationType.SSE.value,
    "designUrls": [],
    "comparisonPairs": [],
    "selectedDimensionIds": ["overall"],
    "customDimensions": [],
    "selectedAutousers": [],
    "evaluationMethod": EvaluationMethod.BOTH.value,
    "scenario": "",
    "instructions": "",
    "ratingFlow": "combined",
    "defaultLayout": "side",
    "hideSlider": False,
    "hideOpenTextQuestions": False,
    "randomizeOrder": True,
    "shareAccess": ShareAccess.TEAM_ONLY.value,
    "shareExpiry": "",
    "endsAtPeople": None,
    "shareRequireName": False,
    "shareRequireEmail": False,
    "shareAllowAnon": False,
    "allowMultipleRatings": False,
}

#: The sections of the page and their parts. A section is sent as a whole, or not at all.
SECTIONS: Mapping[str, Mapping[str, type[Part]]] = {
    "about": {"about": parts.About},
    "designs": {"kind": parts.Kind},
    "questions": {"questions": parts.Questions},
    "looks": {"looks": parts.Looks},
    "autousers": {},
    "method": {"method": parts.Method},
    "people": {"people": parts.People},
    "link": {"link": parts.Link},
}


def body_of(study: Evaluation) -> Body:
    """A stored study as a body of the API."""
    wizard = {name: value for name, value in study.wizard.items() if name in NEW}
    own = wizard.get("customDimensions") or []
    return {
        **NEW,
        "evaluationMethod": study.evaluation_method,
        **wizard,
        "customDimensions": [{**one, "name": one.get("name") or one["label"]} for one in own],
        "name": study.name,
        "description": study.description or "",
        "type": study.type,
        "shareAccess": study.share_access,
        "shareExpiry": f"{study.share_expiry:{MINUTE}}" if study.share_expiry else "",
        "endsAtPeople": study.ends_at_people,
        "shareRequireName": study.share_require_name,
        "shareRequireEmail": study.share_require_email,
        "shareAllowAnon": study.share_allow_anon,
        "allowMultipleRatings": study.allow_multiple_ratings,
    }


class Sheet:
    """The parts and rows of one form. A section that was not sent is as it is stored."""

    def __init__(self, stored: Body, data: QueryDict | None = None) -> None:
        self.stored, self.data = stored, data
        self.sent = set(data.getlist("section")) if data is not None else set()
        self.errors: list[str] = []
        self.parts: dict[str, Part] = {}
        for section, forms in SECTIONS.items():
            for name, form in forms.items():
                self.parts[name] = form(self._of(section), initial=form.initial_of(stored))
        self.designs = self._rows("designs", "designUrls", parts.Design)
        self.pairs = self._rows("designs", "comparisonPairs", parts.Pair)
        self.own = self._rows("questions", "customDimensions", parts.Own)
        self.autousers = self._rows(
            "autousers", "selectedAutousers", parts.Agents, key="autouserId"
        )
        self.rows = {
            rows.name: rows for rows in (self.designs, self.pairs, self.own, self.autousers)
        }

    def __getitem__(self, name: str) -> Part:
        """A part, for templates."""
        return self.parts[name]

    @property
    def is_pair(self) -> bool:
        """Whether pairs are compared."""
        return bool(self.parts["kind"].typed("type") == EvaluationType.SXS)

    def body(self) -> Body:
        """All that is typed and stored, as a body of the API."""
        body: Body = {}
        for part in self.parts.values():
            body |= part.body()
        own = numbered(self.own.entries(), "own")
        chosen = body["selectedDimensionIds"]
        shown, hidden = (self.pairs, self.designs) if self.is_pair else (self.designs, self.pairs)
        return {
            **body,
            shown.name: numbered(shown.entries(), "p" if self.is_pair else "u"),
            hidden.name: [],
            "customDimensions": own,
            "selectedDimensionIds": self._in_order([*chosen, *(one["id"] for one in own)]),
            "selectedAutousers": self.autousers.entries(),
        }

    def changes(self) -> Body:
        """The fields that differ from what is stored."""
        before = Sheet(self.stored).body()
        return {name: value for name, value in self.body().items() if before.get(name) != value}

    def refuse(self, param: str, text: str) -> None:
        """Show a refusal at the field that it names, or above the form."""
        name, _, rest = param.partition(".")
        position, _, field = rest.partition(".")
        if name in self.rows and self.rows[name].refuse(position, field, text):
            return
        for part in self.parts.values():
            if name in part.fields:
                part.add_error(name, text)
                return
        self.errors.append(text)

    @property
    def is_refused(self) -> bool:
        """Whether anything is wrong with it."""
        return bool(self.errors or self.problems)

    @property
    def problems(self) -> list[tuple[str, str]]:
        """Each refusal at a field: the id of the field, and the text."""
        rows = [row for rows in self.rows.values() for _, row in rows]
        return [
            (form[name].id_for_label or form[name].auto_id, str(text))
            for form in (*self.parts.values(), *rows)
            for name, texts in form.errors.items()
            for text in texts
        ]

    def _of(self, section: str) -> QueryDict | None:
        return self.data if section in self.sent else None

    def _rows(self, section: str, name: str, form: type[parts.Row], key: str = "id") -> Rows:
        return Rows(name, form, self.stored[name], self._of(section), key)

    def _in_order(self, names: list[str]) -> list[str]:
        """Dimensions in their present order, new ones at the end."""
        known = {name: place for place, name in enumerate(self.stored["selectedDimensionIds"])}
        return sorted(dict.fromkeys(names), key=lambda name: known.get(name, len(known)))
