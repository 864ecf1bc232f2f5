"""The list of findings as the page shows it: filtered, counted, with pictures and tickets."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from autousers.findings.finding import FIXED, NEW, STATUSES, STILL_THERE, Finding
from autousers.findings.reading import Findings
from autousers.findings.uses import Use
from autousers.findings.words import (
    SEVERITY_WORDS,
    Names,
    conditions_in_words,
    measured_at,
    ticket,
    title_of,
)
from autousers.observation.facts import Box
from evaluations.models import Evaluation

#: Findings on one page.
SHOWN = 25

#: What the list is filtered by, as words of the address.
OPEN, ALL, NOT_MEASURED = "open", "all", "not measured before"
STATES = (OPEN, *STATUSES, NOT_MEASURED, ALL)

_MOST_TEXT = 2_000


@dataclass(frozen=True)
class Chosen:
    """What the list is filtered by; words that are no filter count as none."""

    against: str = ""
    persona: str = ""
    dimension: str = ""
    design: str = ""
    state: str = OPEN
    page: int = 1

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Chosen":
        """Read it from the address."""
        state, page = query.get("state", OPEN), query.get("page", "")[:6]
        return cls(
            query.get("compareTo", "")[:100],
            query.get("persona", "")[:100],
            query.get("dimension", "")[:200],
            query.get("design", "")[:_MOST_TEXT],
            state if state in STATES else OPEN,
            min(max(int(page), 1), 1_000) if page.isascii() and page.isdecimal() else 1,
        )

    @property
    def is_filtered(self) -> bool:
        """Whether not all findings are asked for."""
        return bool(self.persona or self.dimension or self.design or self.state != OPEN)

    @property
    def query(self) -> str:
        """The filters and the comparison, for the addresses of other pages."""
        sent = {
            "compareTo": self.against,
            "persona": self.persona,
            "dimension": self.dimension,
            "design": self.design,
            "state": self.state if self.state != OPEN else "",
        }
        return urlencode({name: value for name, value in sent.items() if value})

    def fits(self, one: Finding) -> bool:
        """Whether a finding is asked for."""
        return (
            (not self.persona or self.persona in one.personas)
            and (not self.dimension or self.dimension in one.dimensions)
            and (not self.design or self.design == one.design)
            and self._fits_state(one)
        )

    def _fits_state(self, one: Finding) -> bool:
        if self.state == ALL:
            return True
        if self.state == OPEN:
            return one.status != FIXED
        return one.status == (None if self.state == NOT_MEASURED else self.state)


@dataclass(frozen=True)
class Row:
    """A finding as the page shows it."""

    finding: Finding
    names: Names
    looked: Sequence[str]
    """The autousers that looked at its design."""
    is_compared: bool
    page: str
    """The absolute address of the page, without the place of this finding."""

    @property
    def title(self) -> str:
        """What is wrong, and where."""
        return title_of(self.finding)

    @property
    def design(self) -> str:
        """The label of the design."""
        return self.names.of_design(self.finding.design)

    @property
    def dimensions(self) -> str:
        """The dimensions that were rated low for it."""
        return ", ".join(self.names.of_dimensions(self.finding.dimensions))

    @property
    def severity_word(self) -> str:
        """How bad it is, in a word."""
        return SEVERITY_WORDS[self.finding.severity]

    @property
    def squares(self) -> list[bool]:
        """Each autouser that looked: whether it met the finding."""
        return [one in self.finding.personas for one in self.looked[:12]]

    @property
    def conditions(self) -> str:
        """How the design was visited."""
        return conditions_in_words(self.finding.conditions)

    @property
    def here(self) -> str:
        """The number at the place, with its unit."""
        return measured_at(self.finding)

    @property
    def met_by(self) -> list[tuple[str, str]]:
        """The autousers that met it, each with the address of its run."""
        return sorted(
            (self.names.personas.get(who, who), self._in_run(use))
            for who, use in self.finding.personas.items()
        )

    def _in_run(self, use: Use) -> str:
        """The address of the fact on the page of a run."""
        side = use.side_of(self.finding.design).lower()
        key = f"{side}-{self.finding.fact.id}" if side else self.finding.fact.id
        base = reverse("study-runs", args=[self.finding.evaluation_id])
        return f"{base}?inspectRun={use.run}#fact-{key}"

    @property
    def crop(self) -> Box | None:
        """The part of the picture around the place; None without a picture of it."""
        return self.finding.spot.crop if self.finding.spot else None

    @property
    def state(self) -> str:
        """What became of it, in words; empty where nothing is compared."""
        if not self.is_compared:
            return ""
        return (self.finding.status or "not measured before").capitalize()

    @property
    def picture(self) -> str:
        """The address of its picture; empty without one."""
        one = self.finding
        if not one.picture:
            return ""
        return reverse("visit-file", args=[one.evaluation_id, one.observation_id, one.picture])

    @property
    def ticket(self) -> str:
        """The paragraph for a ticket."""
        picture = f"{settings.PUBLIC_URL}{self.picture}" if self.picture else ""
        link = f"{self.page}#f-{self.finding.id}"
        return ticket(self.finding, self.names, link=link, picture=picture)


@dataclass(frozen=True)
class FindingList:
    """The findings of a study that an address asks for."""

    study: Evaluation
    read: Findings
    chosen: Chosen
    names: Names
    earlier: Evaluation | None
    offered: Sequence[Evaluation]

    @cached_property
    def matching(self) -> list[Row]:
        """All that fit the filters."""
        looked: dict[str, list[str]] = {}
        rows = []
        for one in self.read.found:
            if one.design not in looked:
                looked[one.design] = sorted(self.read.personas_of(one.design))
            if self.chosen.fits(one):
                who, compared = looked[one.design], self.earlier is not None
                rows.append(Row(one, self.names, who, compared, self._page))
        return rows

    @property
    def rows(self) -> list[Row]:
        """Those of this part of the list."""
        first = (self.chosen.page - 1) * SHOWN
        return self.matching[first : first + SHOWN]

    @property
    def has_more(self) -> bool:
        """Whether there is another part."""
        return len(self.matching) > self.chosen.page * SHOWN

    @cached_property
    def counts(self) -> Counter[str | None]:
        """How many there are, by what became of them."""
        return Counter(one.status for one in self.read.found)

    @property
    def new(self) -> int:
        """How many are new."""
        return self.counts[NEW]

    @property
    def still(self) -> int:
        """How many are still there."""
        return self.counts[STILL_THERE]

    @property
    def fixed(self) -> int:
        """How many are fixed."""
        return self.counts[FIXED]

    @property
    def unknown(self) -> int:
        """How many the earlier study did not measure."""
        return self.counts[None]

    @property
    def open(self) -> int:
        """How many are there now."""
        return len(self.read.found) - self.fixed

    @property
    def gravest(self) -> Row | None:
        """The worst one that is there now."""
        one = next((one for one in self.read.found if one.status != FIXED), None)
        return Row(one, self.names, (), False, self._page) if one else None

    @property
    def fixed_rows(self) -> list[Row]:
        """The fixed ones, for the list below the others."""
        if self.chosen.state != OPEN:
            return []
        fixed = [one for one in self.read.found if one.status == FIXED]
        return [Row(one, self.names, (), True, self._page) for one in fixed[:SHOWN]]

    @property
    def was_measured(self) -> bool:
        """Whether a rating of the study rests on facts."""
        return bool(self.read.looks)

    @property
    def is_blind(self) -> bool:
        """Whether no browser looked at any design."""
        return all(look.seen.observer == "markup" for look in self.read.looks)

    @property
    def personas(self) -> list[tuple[str, str]]:
        """The autousers to filter by: id and name."""
        ids = {use.autouser for look in self.read.looks for use in look.used_by}
        return _choices((pk, self.names.personas.get(pk, pk)) for pk in ids)

    @property
    def dimensions(self) -> list[tuple[str, str]]:
        """The dimensions to filter by."""
        return _choices(self.names.dimensions.items())

    @property
    def designs(self) -> list[tuple[str, str]]:
        """The designs to filter by: address and label."""
        return _choices(self.names.designs.items())

    @property
    def states(self) -> list[tuple[str, str]]:
        """The states to filter by."""
        words = {OPEN: "Not fixed", ALL: "All"}
        return [(one, words.get(one, one.capitalize())) for one in STATES]

    @property
    def _page(self) -> str:
        against = urlencode({"compareTo": self.earlier.pk}) if self.earlier else ""
        path = reverse("study-findings", args=[self.study.pk])
        return f"{settings.PUBLIC_URL}{path}" + (f"?{against}" if against else "")


def finding_list(
    study: Evaluation,
    read: Findings,
    chosen: Chosen,
    *,
    earlier: Evaluation | None,
    offered: Sequence[Evaluation],
) -> FindingList:
    """The list, with what everything is called."""
    names = Names(
        personas={pk: one.name for pk, one in read.personas.items()},
        dimensions=read.dimensions,
        designs=read.labels,
    )
    return FindingList(study, read, chosen, names, earlier, offered)


def _choices(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(pairs, key=lambda one: (one[1].lower(), one[0]))
