"""What the runs of studies saw: their observations, and who used them for which comparison."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from autousers.engine.protocol import Persona
from autousers.models import Autouser, AutouserRun, Observation, ObservationStatus
from autousers.observation import facts
from evaluations.models import Evaluation
from ratings.models import Rating

#: Most observations that are read of one study, the newest.
MOST_OBSERVATIONS = 300


@dataclass(frozen=True)
class Look:
    """One observation of a study, and the runs' personas and comparisons that rest on it."""

    evaluation_id: str
    observation_id: str
    seen: facts.Observation
    used_by: tuple[tuple[str, str], ...]
    """Autouser and comparison."""

    @cached_property
    def key(self) -> str:
        """The same for looks that can be compared: observer, design and conditions."""
        asked = [self.seen.observer, self.seen.design, self.seen.conditions.to_json()]
        return json.dumps(asked, sort_keys=True)


def looks_of(evaluations: Sequence[Evaluation]) -> dict[str, list[Look]]:
    """The looks behind the ratings that count, by study; two queries for all studies."""
    looks: dict[str, list[Look]] = {one.pk: [] for one in evaluations}
    used = _used(list(looks))
    if not used:
        return looks
    done = Observation.objects.filter(pk__in=used, status=ObservationStatus.DONE)
    newest: Any = done.order_by("-ended_at", "pk").values_list("pk", "evaluation_id", "facts")
    for pk, evaluation_id, stored in newest[: MOST_OBSERVATIONS * len(looks)]:
        seen = facts.Observation.from_json(stored)
        looks[evaluation_id].append(Look(evaluation_id, pk, seen, tuple(sorted(used[pk]))))
    return looks


def _used(evaluation_ids: Sequence[str]) -> Mapping[str, set[tuple[str, str]]]:
    """Who used which observation for which comparison."""
    used: dict[str, set[tuple[str, str]]] = defaultdict(set)
    counted = Rating.objects.filter(evaluation__in=evaluation_ids).valid()
    links = AutouserRun.observations.through.objects.filter(
        autouserrun__evaluation__in=evaluation_ids, autouserrun__rating__in=counted
    )
    rows = links.order_by().values_list(
        "observation_id", "autouserrun__autouser_id", "autouserrun__comparison_id"
    )
    for observation_id, autouser_id, comparison_id in rows.distinct():
        used[observation_id].add((autouser_id, comparison_id))
    return used


def personas_of(looks: Iterable[Look]) -> Mapping[str, Persona]:
    """The personas that used some looks, by id; also those deleted since."""
    ids = {autouser_id for look in looks for autouser_id, _ in look.used_by}
    if not ids:
        return {}
    return {
        row.pk: Persona(
            row.pk, row.name, row.system_prompt, _mapping(row.capabilities), _mapping(row.config)
        )
        for row in Autouser.objects.filter(pk__in=ids)
    }


def _mapping(value: Any) -> Mapping[str, Any]:
    return value or {}
