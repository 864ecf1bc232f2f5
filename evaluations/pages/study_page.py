"""The base of the pages about one study."""

from evaluations.models import Evaluation
from evaluations.studies.access import find_evaluation
from teams.auth.permissions import require_role
from teams.models import Role
from teams.pages.team_page import TeamPage


class StudyPage(TeamPage):
    """Base of the pages of one study."""

    def study(self, id: str) -> Evaluation:
        """The study.

        Raises:
            EvaluationNotFound: when there is none.
            EvaluationNoAccess: when it belongs to a team that the person is not in.
        """
        return find_evaluation(self.principal, id)

    def study_to_change(self, id: str) -> Evaluation:
        """The study, locked until the request ends, for its Editors.

        Raises:
            EvaluationNotFound, EvaluationNoAccess: as above.
            InsufficientRole: when the person is no Editor of its team.
        """
        found = find_evaluation(self.principal, id, lock=True)
        require_role(self.principal, found.team, Role.EDITOR)
        return found

    def may_edit(self, study: Evaluation) -> bool:
        """Whether the person may change it."""
        return self.has_role(study.team_id, Role.EDITOR)
