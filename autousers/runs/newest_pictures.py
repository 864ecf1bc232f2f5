"""What runs see at this moment: the newest picture of the visit that each of them makes."""

from collections.abc import Iterable

from autousers.models import AutouserRun, ObservationStatus


def newest_pictures(run_ids: Iterable[str]) -> dict[str, tuple[str, str]]:
    """By run: the visit that it makes now, and the name of its newest picture."""
    links = AutouserRun.observations.through.objects.filter(
        autouserrun__in=run_ids, observation__status=ObservationStatus.VISITING
    )
    found = {}
    for run_id, pk, steps in links.values_list(
        "autouserrun_id", "observation_id", "observation__steps"
    ):
        if names := [step["picture"] for step in steps if step["picture"]]:
            found[run_id] = (pk, names[-1])
    return found
