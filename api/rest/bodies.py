"""Request bodies that several apps share."""

from api.rest.fields import Text
from api.rest.shapes import Shape

PROMPT_LIMIT = 2000


class TeamRefSerializer(Shape):
    """A team; without it, the one the caller acts on."""

    teamId = Text(required=False)


class DraftPromptSerializer(Shape):
    """What a draft is to be about."""

    prompt = Text(max_length=PROMPT_LIMIT)
