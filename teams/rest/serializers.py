"""Request and reply shapes of people, teams, members and keys."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.fields import empty

from api.rest.fields import Array, Choice, Email, Flag, Moment, Name, Text, Whole
from api.rest.shapes import Shape
from teams.auth.scopes import SCOPES
from teams.models import ApiKey, Plan, Role, Team
from teams.people.members import ACTIVE, PENDING, Member, members_of

NAME_LIMIT = 200
DESCRIPTION_LIMIT = 2000
KEY_NAME_LIMIT = 100
MEMBERS_SHOWN = 100


class TeamPersonSerializer(Shape):
    """How a person is called, and where they are reached."""

    name = Text(allow_null=True)
    email = serializers.EmailField()


class TeamMemberSerializer(Shape):
    """A person in a team, or invited to it, and their role."""

    id = Text()
    teamId = Text()
    userId = Text(help_text="For an invitation, the same as `id`.")
    role = Choice(Role.values)
    createdAt = Moment()
    user = TeamPersonSerializer()
    status = Choice(
        (ACTIVE, PENDING),
        required=False,
        help_text="`pending`: invited, without access until the person accepts.",
    )

    @classmethod
    def reply(cls, member: Member) -> dict[str, Any]:
        """The member as the API writes them."""
        return cls.render(
            {
                "id": member.pk,
                "teamId": member.team_id,
                "userId": member.user_id,
                "role": member.role.value,
                "createdAt": member.created_at,
                "user": {"name": member.name, "email": member.email},
                "status": member.status,
            }
        )


class TeamSerializer(Shape):
    """A team, as seen by one of its members."""

    id = Text()
    name = Text()
    description = Text(allow_null=True, required=False)
    slug = Text(required=False)
    isPersonal = Flag()
    memberCount = Whole(min_value=0)
    userRole = Choice(Role.values, allow_null=True)
    plan = Choice(Plan.values, required=False)
    createdAt = Moment()
    members = TeamMemberSerializer(
        many=True,
        required=False,
        help_text=f"The {MEMBERS_SHOWN} newest members, only for a single team; the list has all.",
    )

    @classmethod
    def reply(cls, team: Team, role: Role | None) -> dict[str, Any]:
        """The team as a caller with that role sees it; it needs `with_member_count()`."""
        return cls.render(
            {
                "id": team.pk,
                "name": team.name,
                "description": team.description or None,
                "slug": team.slug,
                "isPersonal": team.is_personal,
                "memberCount": team.member_count,  # type: ignore[attr-defined]
                "userRole": role and role.value,
                "plan": team.plan,
                "createdAt": team.created_at,
            }
        )

    @classmethod
    def whole(cls, team: Team, role: Role | None) -> dict[str, Any]:
        """The team as a caller with that role sees it, and its people."""
        members = members_of(team)
        joined = [member for member in members if member.status == ACTIVE]
        team.member_count = len(joined)  # type: ignore[attr-defined]
        shown = [TeamMemberSerializer.reply(member) for member in members[:MEMBERS_SHOWN]]
        return {**cls.reply(team, role), "members": shown}


class TeamCreateSerializer(Shape):
    """The body of `POST /teams`."""

    name = Name(max_length=NAME_LIMIT)
    description = Text(required=False, allow_blank=True, max_length=DESCRIPTION_LIMIT)


class TeamUpdateSerializer(Shape):
    """The body of `PATCH /teams/{id}`: what is not sent stays as it is."""

    name = Name(required=False, max_length=NAME_LIMIT)
    description = Text(
        required=False, allow_null=True, allow_blank=True, max_length=DESCRIPTION_LIMIT
    )


class TeamMemberCreateSerializer(Shape):
    """The body of `POST /teams/{id}/members`."""

    email = Email()
    role = Choice(Role.values)


class TeamMemberUpdateSerializer(Shape):
    """The body of `PATCH /teams/{id}/members/{memberId}`."""

    role = Choice(Role.values)


class LeftSerializer(Shape):
    """What leaving a team answers: the team that was left."""

    left = serializers.BooleanField()
    id = Text()


class TeamTransferAdminCreateSerializer(Shape):
    """The body of `POST /teams/{id}/transfer-admin`."""

    newOwnerId = Text(help_text="The id of the person or of the member.")


# --- keys ---------------------------------------------------------------------------------------


#: Scopes that a request names: several times as many as there are.
SCOPES_LIMIT = 50


class ScopesField(Array):
    """Scopes of a key; one that is named twice counts once."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=Choice(SCOPES), max_length=SCOPES_LIMIT, **kwargs)

    def to_internal_value(self, data: Any) -> list[str]:
        """Let known scopes through, and name the others."""
        if not isinstance(data, list) or not all(isinstance(scope, str) for scope in data):
            raise serializers.ValidationError("Must be a list of scopes.")
        if len(data) > SCOPES_LIMIT:
            raise serializers.ValidationError(f"Must have at most {SCOPES_LIMIT} entries.")
        if strange := [scope[:40] for scope in dict.fromkeys(data) if scope not in SCOPES]:
            raise serializers.ValidationError(
                f"There is no scope {', '.join(strange[:5])}. There are: {', '.join(SCOPES)}."
            )
        return list(dict.fromkeys(data))


class FutureMoment(Moment):
    """A point in time that is still to come; null says that there is none."""

    default_error_messages = {"past": "Must be in the future."}

    def run_validation(self, data: Any = empty) -> Any:
        """Read null as "none": the contract does not mention it, but clients send it."""
        return None if data is None else super().run_validation(data)

    def to_internal_value(self, data: Any) -> datetime | None:
        """Let a time through that has not passed."""
        moment = super().to_internal_value(data)
        if moment is not None and moment <= timezone.now():
            self.fail("past")
        return moment


class ApiKeySerializer(Shape):
    """An API key, without the key itself."""

    id = Text()
    name = Text()
    prefix = Text()
    keyPrefix = Text(source="prefix", required=False, help_text="The same as prefix.")
    scopes = Array(child=Text())
    createdAt = Moment(source="created_at")
    lastUsedAt = Moment(source="last_used_at", allow_null=True, required=False)
    lastUsedIp = Text(source="last_used_address", allow_null=True, required=False)
    revokedAt = Moment(source="revoked_at", allow_null=True, required=False)
    expiresAt = Moment(source="expires_at", allow_null=True, required=False)


class ApiKeyCreatedSerializer(ApiKeySerializer):
    """A new key, with its text, which is shown this once."""

    token = Text()
    plainKey = Text(required=False, help_text="The same as token.")

    @classmethod
    def reply(cls, key: ApiKey, token: str) -> dict[str, Any]:
        """The key, with the text that was just made."""
        return {**ApiKeySerializer.render(key), "token": token, "plainKey": token}


class ApiKeyCreateSerializer(Shape):
    """The body of `POST /api-keys`."""

    name = Name(max_length=KEY_NAME_LIMIT)
    scopes = ScopesField(
        min_length=0, help_text="Empty for a key that may only call routes without a scope."
    )
    expiresAt = FutureMoment(source="expires_at", required=False)


class ApiKeyUpdateSerializer(Shape):
    """The body of `PATCH /api-keys/{id}`: what is not sent stays as it is."""

    name = Name(required=False, max_length=KEY_NAME_LIMIT)
    scopes = ScopesField(required=False, help_text="Scopes can only be removed, not added.")


# --- who is calling -----------------------------------------------------------------------------


class WhoamiPersonSerializer(TeamPersonSerializer):
    """The person a caller is, or acts as."""

    id = Text()


class WhoamiTeamSerializer(Shape):
    """A team that a caller may act on."""

    id = Text()
    name = Text()
    isPersonal = Flag()


class FreeQuotaSerializer(Shape):
    """How many autouser ratings of this month are used; a limit of null is none."""

    used = Whole(min_value=0)
    limit = Whole(min_value=0, allow_null=True)


class WhoamiUsageSerializer(Shape):
    """The part of the usage that a caller is shown first."""

    freeQuota = FreeQuotaSerializer()
    byok = Flag(required=False)


class WhoamiSerializer(Shape):
    """Who is calling, for which team, and within which scopes."""

    userId = Text()
    teamId = Text(allow_null=True, required=False)
    source = Choice(("session", "apikey", "oauth", "figma-token"))
    scopes = Array(
        child=Text(),
        required=False,
        help_text="Only for API keys. The rights of people follow from their role.",
    )
    email = serializers.EmailField(required=False)
    user = WhoamiPersonSerializer(required=False)
    teams = WhoamiTeamSerializer(many=True, required=False)
    activeTeamId = Text(allow_null=True, required=False)
    plan = Text(required=False)
    usage = WhoamiUsageSerializer(required=False)
