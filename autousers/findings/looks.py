"""What the runs of studies saw: their observations, and who used them for which comparison."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from autousers.engine.protocol import Persona
from autousers.findings.uses import Use, uses_of
from autousers.models import Autouser, Observation, ObservationStatus
from autousers.observation import facts
from evaluations.models import Evaluation

#: Most observations that are read of one study, the newest.
MOST_OBSERVATIONS = 300


@dataclass(frozen=True)
class Look:
    """One observation of a study, and the uses that the runs made of it."""

    evaluation_id: str
    observation_id: str
    seen: facts.Observation
    used_by: Sequence[Use]

    @cached_property
    def key(self) -> str:
        """The same for looks that can be compared: observer, design and conditions."""
        asked = [self.seen.observer, self.seen.design, self.seen.conditions.to_json()]
        return json.dumps(asked, sort_keys=True)


def looks_of(studies: Sequence[Evaluation]) -> dict[str, list[Look]]:
    """The looks behind the ratings that count, by study; two queries for all studies."""
    looks: dict[str, list[Look]] = {one.pk: [] for one in studies}
    used = uses_of(studies)
    if not used:
        return looks
    done = Observation.objects.filter(pk__in=used, status=ObservationStatus.DONE)
    newest: Any = done.order_by("-ended_at", "pk").values_list("pk", "evaluation_id", "facts")
    for pk, evaluation_id, stored in newest[: MOST_OBSERVATIONS * len(looks)]:
        seen = facts.Observation.from_json(stored)
        looks[evaluation_id].append(Look(evaluation_id, pk, seen, used[pk]))
    return looks


def personas_of(looks: Iterable[Look]) -> Mapping[str, Persona]:
    """The personas that used some looks, by id; also those deleted since."""
    ids = {use.autouser for look in looks for use in look.used_by}
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
