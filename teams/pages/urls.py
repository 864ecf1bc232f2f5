"""The addresses of the pages for people."""

from django.urls import path

from teams.pages.accounts import (
    ChoosePasswordView,
    ConfirmPasswordView,
    ForgotPasswordView,
    SignInView,
    SignOutView,
    SignUpView,
)
from teams.pages.invitations import AnswerInvitationView, InvitationPage, InvitationsPage
from teams.pages.notifications import NotificationsPage, OpenNotificationView
from teams.pages.settings import (
    ApiKeysPage,
    ChangeMemberView,
    MembersPage,
    RevokeKeyView,
    SwitchTeamView,
)

urlpatterns = [
    path("sign-up", SignUpView.as_view(), name="sign-up"),
    path("sign-in", SignInView.as_view(), name="sign-in"),
    path("sign-out", SignOutView.as_view(), name="sign-out"),
    path("forgot-password", ForgotPasswordView.as_view(), name="forgot-password"),
    path("confirm-password", ConfirmPasswordView.as_view(), name="confirm-password"),
    path("choose-password", ChoosePasswordView.as_view(), name="choose-password"),
    path("invitation", InvitationPage.as_view(), name="invitation"),
    path("notifications", NotificationsPage.as_view(), name="notifications-page"),
    path("notifications/<str:id>", OpenNotificationView.as_view(), name="notification-open"),
    path("settings/team", SwitchTeamView.as_view(), name="settings-team"),
    path("settings/api-keys", ApiKeysPage.as_view(), name="settings-api-keys"),
    path(
        "settings/api-keys/<str:id>/revoke", RevokeKeyView.as_view(), name="settings-api-key-revoke"
    ),
    path("settings/members", MembersPage.as_view(), name="settings-members"),
    path("settings/members/<str:id>", ChangeMemberView.as_view(), name="settings-member"),
    path("settings/invitations", InvitationsPage.as_view(), name="settings-invitations"),
    path(
        "settings/invitations/<str:id>",
        AnswerInvitationView.as_view(),
        name="settings-invitation",
    ),
]
