"""The routes of people, teams and keys, below `/api/v1`."""

from django.urls import path

from teams.rest.identity import WhoamiView
from teams.rest.keys import ApiKeyListView, ApiKeyView
from teams.rest.members import AcceptInvitationView, MemberListView, MemberView
from teams.rest.notifications import NotificationListView, NotificationReadView
from teams.rest.teams import LeaveTeamView, TeamListView, TeamView, TransferAdminView

urlpatterns = [
    path("auth/whoami", WhoamiView.as_view(), name="whoami"),
    path("api-keys", ApiKeyListView.as_view(), name="api-keys"),
    path("api-keys/<str:id>", ApiKeyView.as_view(), name="api-key"),
    path("notifications", NotificationListView.as_view(), name="notifications"),
    path("notifications/<str:id>/read", NotificationReadView.as_view(), name="notification-read"),
    path("teams", TeamListView.as_view(), name="teams"),
    path("teams/<str:id>", TeamView.as_view(), name="team"),
    path("teams/<str:id>/leave", LeaveTeamView.as_view(), name="team-leave"),
    path("teams/<str:id>/transfer-admin", TransferAdminView.as_view(), name="team-transfer-admin"),
    path("teams/<str:id>/members", MemberListView.as_view(), name="team-members"),
    path("teams/<str:id>/members/accept", AcceptInvitationView.as_view(), name="team-accept"),
    path("teams/<str:id>/members/<str:memberId>", MemberView.as_view(), name="team-member"),
]
