"""Selecting the autousers of an evaluation by their ids, among those its team may use."""

from collections.abc import Iterable, Sequence
from typing import Any

from api import ids
from api.exceptions import InvalidRequest
from autousers.models import Autouser
from evaluations.studies.stimuli import AGENTS_LIMIT
from teams.models import Team


class UnknownAutouser(InvalidRequest):
    """An evaluation selects an autouser that is neither built in nor its team's."""

    code = "unknown_autouser"

    def __init__(self, param: str, wanted: str) -> None:
        super().__init__(
            f"{param}: There is no autouser {wanted[:100]!r}. GET /autousers lists them.",
            param=param,
        )


class TooManyAgents(InvalidRequest):
    """An autouser is selected several times, with too many agents in total."""

    code = "too_many_agents"

    def __init__(self, param: str) -> None:
        super().__init__(
            f"{param}: An autouser has at most {AGENTS_LIMIT} agents, however often it is listed.",
            param=param,
        )


def check_selection(team: Team, selected: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """A validated `selectedAutousers` with stored ids, each autouser once.

    The agents of an autouser that is listed twice are added up.

    Raises:
        UnknownAutouser, TooManyAgents: naming the place in the selection.
    """
    found = find_autousers(team, (one["autouserId"] for one in selected))
    agents: dict[str, int] = {}
    for index, one in enumerate(selected):
        autouser = found.get(one["autouserId"])
        if autouser is None:
            raise UnknownAutouser(f"selectedAutousers.{index}.autouserId", one["autouserId"])
        agents[autouser.pk] = agents.get(autouser.pk, 0) + one["agentCount"]
        if agents[autouser.pk] > AGENTS_LIMIT:
            raise TooManyAgents(f"selectedAutousers.{index}.agentCount")
    return [{"autouserId": pk, "agentCount": count} for pk, count in agents.items()]


def find_autousers(team: Team, names: Iterable[str]) -> dict[str, Autouser]:
    """The autousers that a team may use, by the id as it was sent; one query."""
    keys = {name: ids.parse(name) or ids.parse_word(name) for name in names}
    wanted = {key for key in keys.values() if key is not None}
    usable = Autouser.objects.usable_in(team).defer("system_prompt", "capabilities", "config")
    rows = usable.in_bulk(wanted) if wanted else {}
    return {name: rows[key] for name, key in keys.items() if key in rows}


def pick_autousers(team: Team, names: Sequence[str], *, param: str) -> list[Autouser]:
    """The autousers that a request names, in its order, with repetitions.

    Raises:
        UnknownAutouser: at `param` with the place filled in, for one that does not exist.
    """
    found = find_autousers(team, names)
    for index, name in enumerate(names):
        if name not in found:
            raise UnknownAutouser(param.format(index=index), name)
    return [found[name] for name in names]
