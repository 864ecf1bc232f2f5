"""The content of an insight, whoever wrote it: the figures alone, or a model."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

#: What wrote an insight.
FIGURES = "figures"


@dataclass(frozen=True)
class Action:
    """One thing to do, and why."""

    title: str
    rationale: str


@dataclass(frozen=True)
class Content:
    """A summary, what to do first, the points with their figures, and all that is to do."""

    summary: str
    recommendation: str
    points: Sequence[str]
    actions: Sequence[Action] = field(default_factory=list)
    effects: Sequence[str] = field(default_factory=list)
    """The points about how designs were shown; they are among `points`."""

    def to_json(self) -> dict[str, Any]:
        """The content by the API's field names. Actions come in the order of their priority."""
        return {
            "summary": self.summary,
            "recommendation": self.recommendation,
            "insights": "\n\n".join([self.summary, *self.points]),
            "keyFindings": list(self.points),
            "recommendations": [action.title for action in self.actions],
            "structured": {
                "actionItems": [
                    {
                        "priority": f"P{number}",
                        "title": action.title,
                        "rationale": action.rationale,
                    }
                    for number, action in enumerate(self.actions, start=1)
                ]
            },
        }
