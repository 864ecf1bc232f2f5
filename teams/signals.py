"""What teams tell the apps above them."""

from django.dispatch import Signal

#: Sent when a person leaves a team or is taken out of it, in the transaction that does it and
#: while the team is locked: `team_id` and `user`.
left_team = Signal()
