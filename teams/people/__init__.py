"""Teams and the people in them: making, inviting, removing, and mails that wait."""
