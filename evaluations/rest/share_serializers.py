"""Request and reply shapes of sharing, spelled as the public API spells them."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.rest.fields import Choice, Email, Moment, Text
from api.rest.shapes import Shape
from evaluations.models import (
    MESSAGE_LIMIT,
    AccessRequestStatus,
    Share,
    SharePermission,
)
from evaluations.snapshots import PersonSerializer

ACTIVE, PENDING = "active", "pending"

#: The ends of an invite.
ACCEPTED, DECLINED, WITHDRAWN = "accepted", "declined", "withdrawn"
INVITE_STATUSES = (PENDING, ACCEPTED, DECLINED, WITHDRAWN)

INVITE_PERMISSIONS = (SharePermission.VIEWER.value, SharePermission.EDITOR.value)


@extend_schema_field(OpenApiTypes.STR)
class AnyCase(Choice):
    """A word of a fixed list, in any case: so a schema cannot list all that is accepted."""

    def to_internal_value(self, data: Any) -> Any:
        """The listed word."""
        words = {str(word).lower(): word for word in self.choices}
        return super().to_internal_value(words.get(str(data).lower(), data))


class ShareSerializer(Shape):
    """A person's right to an evaluation. A pending share is an invite not accepted yet."""

    id = Text(help_text="The share.")
    evaluationId = Text(help_text="Its evaluation.")
    userId = Text(allow_null=True, required=False, help_text="The holder; null while pending.")
    email = serializers.EmailField(required=False, help_text="The address.")
    permission = Choice(SharePermission.values, help_text="What the holder may do.")
    role = Text(required=False, help_text="The permission in lower case.")
    createdAt = Moment(help_text="Time of granting.")
    status = Choice(
        (ACTIVE, PENDING),
        required=False,
        help_text="pending: an invite that gives nothing before it is accepted.",
    )

    @classmethod
    def reply(cls, share: Share) -> dict[str, Any]:
        """The share as the API writes it."""
        return cls.render(
            {
                "id": share.pk,
                "evaluationId": share.evaluation_id,
                "userId": share.user_id,
                "email": share.address,
                "permission": share.permission,
                "role": share.permission.lower(),
                "createdAt": share.created_at,
                "status": PENDING if share.is_pending else ACTIVE,
            }
        )


class ShareCreateSerializer(Shape):
    """The body of `POST …/shares`: a person or an address, and a permission in either spelling."""

    userId = Text(required=False)
    email = Email(required=False)
    permission = AnyCase(SharePermission.values, required=False)
    role = AnyCase(SharePermission.values, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Exactly one person; `permission` and `role` say the same."""
        if ("userId" in attrs) == ("email" in attrs):
            raise serializers.ValidationError({"userId": "Send either userId or email."})
        permission = attrs.get("permission", attrs.get("role", SharePermission.VIEWER))
        if attrs.get("role", permission) != permission:
            raise serializers.ValidationError({"role": "Contradicts permission; send one of them."})
        return {**attrs, "permission": SharePermission(permission)}


class ShareUpdateSerializer(Shape):
    """The body of `PATCH …/shares/{shareId}`."""

    permission = Choice(SharePermission.values, fold=True)


class InviteSerializer(Shape):
    """An offer of a share to an address."""

    id = Text(help_text="The invite; the share that it becomes has the same id.")
    evaluationId = Text(help_text="Its evaluation.")
    email = serializers.EmailField(help_text="The address.")
    permission = Choice(INVITE_PERMISSIONS, help_text="What the share will allow.")
    status = Text(help_text="pending. The reply that ends it says accepted, declined or withdrawn.")
    createdAt = Moment(help_text="Time of the invite.")
    expiresAt = Moment(
        allow_null=True,
        required=False,
        help_text="Until when it can be accepted; null once it is.",
    )

    @classmethod
    def reply(cls, invite: Share, status: str = PENDING) -> dict[str, Any]:
        """The invite as the API writes it."""
        return cls.render(
            {
                "id": invite.pk,
                "evaluationId": invite.evaluation_id,
                "email": invite.address,
                "permission": invite.permission,
                "status": status,
                "createdAt": invite.created_at,
                "expiresAt": invite.expires_at,
            }
        )


class InviteCreateSerializer(Shape):
    """The body of `POST …/invites`."""

    email = Email()
    permission = Choice(
        INVITE_PERMISSIONS, fold=True, default=SharePermission.VIEWER.value, required=False
    )


class InviteUpdateSerializer(Shape):
    """The body of `PATCH …/invites/{inviteId}`."""

    permission = Choice(INVITE_PERMISSIONS, fold=True, required=False)
    status = AnyCase(INVITE_STATUSES, required=False)


class AccessRequestSerializer(Shape):
    """The request of a person for access to an evaluation."""

    id = Text(help_text="The request.")
    evaluationId = Text(source="evaluation_id", help_text="The evaluation.")
    requesterId = Text(source="requester_id", help_text="The person.")
    status = Choice(AccessRequestStatus.values, help_text="The present status.")
    createdAt = Moment(source="created_at", help_text="Time of the request.")
    message = Text(allow_null=True, required=False, help_text="What the person wrote.")
    requester = PersonSerializer(required=False, help_text="Who asks.")


class AccessRequestCreateSerializer(Shape):
    """The body of `POST …/access-requests`."""

    message = Text(required=False, allow_blank=True, max_length=MESSAGE_LIMIT)


class TransferSerializer(Shape):
    """The body of `POST …/transfer`: exactly one of the three."""

    teamId = Text(required=False, help_text="The team to move to.")
    to = Text(required=False, help_text="The team to move to, by its id or short name.")
    userId = Text(required=False, help_text="The person who becomes the owner.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse none and several."""
        if len(attrs) != 1:
            raise serializers.ValidationError(
                {"teamId": "Send exactly one of teamId, to and userId."}
            )
        return attrs
