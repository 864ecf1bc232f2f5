"""What the runs of a study saw: its observations, and who used them for which comparison."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from autousers.engine.protocol import Persona
from autousers.models import Autouser, AutouserRun, Observation, ObservationStatus
from autousers.observation import facts
from evaluations.models import Evaluation

#: Most observations that are read of one study, the newest.
MOST_OBSERVATIONS = 300


@dataclass(frozen=True)
class Look:
    """One observation of a study, and the runs' personas and comparisons that rest on it."""

    observation_id: str
    seen: facts.Observation
    used_by: tuple[tuple[str, str], ...]
    """Autouser and comparison."""

    @cached_property
    def key(self) -> str:
        """The same for looks that can be compared: observer, design and conditions."""
        asked = [self.seen.observer, self.seen.design, self.seen.conditions.to_json()]
        return json.dumps(asked, sort_keys=True)


def looks_of(evaluation: Evaluation) -> list[Look]:
    """The looks behind the ratings that count, in a fixed number of queries."""
    through = AutouserRun.observations.through
    used: dict[str, set[tuple[str, str]]] = defaultdict(set)
    links = through.objects.filter(
        autouserrun__evaluation=evaluation,
        autouserrun__rating__superseded=False,
        autouserrun__rating__skip_reason=None,
    )
    rows = links.order_by().values_list(
        "observation_id", "autouserrun__autouser_id", "autouserrun__comparison_id"
    )
    for observation_id, autouser_id, comparison_id in rows.distinct():
        used[observation_id].add((autouser_id, comparison_id))
    if not used:
        return []
    done = Observation.objects.filter(pk__in=used, status=ObservationStatus.DONE)
    newest: Any = done.order_by("-ended_at", "pk").values_list("pk", "facts")[:MOST_OBSERVATIONS]
    return [
        Look(pk, facts.Observation.from_json(stored), tuple(sorted(used[pk])))
        for pk, stored in newest
    ]


def personas_of(looks: Iterable[Look]) -> Mapping[str, Persona]:
    """The personas that used some looks, by id; also those deleted since."""
    ids = {autouser_id for look in looks for autouser_id, _ in look.used_by}
    return {
        row.pk: Persona(
            row.pk, row.name, row.system_prompt, _mapping(row.capabilities), _mapping(row.config)
        )
        for row in Autouser.objects.filter(pk__in=ids)
    }


def _mapping(value: Any) -> Mapping[str, Any]:
    return value or {}
