"""Models whose changes are announced as events. No change may go unannounced.

Each save runs two phases inside its transaction: changes of other rows (`follows`), then events
(`announces`). `run_phases` fixes the order; it does not depend on `INSTALLED_APPS`. Writes that
send no `post_save` are refused.
"""

from collections.abc import Iterable
from typing import Any, ClassVar, Self, TypeVar

from django.db import models, transaction
from django.db.models.signals import class_prepared, post_save
from django.dispatch import Signal, receiver

Row = TypeVar("Row", bound="AnnouncedModel")

#: Sent first: receivers change other rows because of the change. No receiver here may depend on
#: another one of this phase. Arguments: `instance`, `created`, `update_fields`.
follows = Signal()

#: Sent once everything that follows is done: receivers record events. Same arguments.
announces = Signal()


def run_phases(
    sender: type["AnnouncedModel"],
    instance: "AnnouncedModel",
    created: bool,
    raw: bool = False,
    update_fields: frozenset[str] | None = None,
    **_: Any,
) -> None:
    """The one `post_save` receiver of an announced model. A receiver that fails fails the change.

    Fixtures (`raw`) restore rows: nothing happened, so nothing follows.
    """
    if raw:
        return
    for phase in (follows, announces):
        phase.send(sender, instance=instance, created=created, update_fields=update_fields)


@receiver(class_prepared)
def connect_phases(sender: type[models.Model], **_: Any) -> None:
    """Give each announced model, and no other, its receiver."""
    if issubclass(sender, AnnouncedModel):
        post_save.connect(run_phases, sender=sender, dispatch_uid="phases")


class UnannouncedChange(RuntimeError):
    """Code tried to change an announced field without an event."""


class AnnouncedQuerySet(models.QuerySet[Row]):
    """Reads of an announced model. Writes that send no `post_save` are refused."""

    def update(self, **values: Any) -> int:
        """Refuse to change announced fields without telling anybody."""
        self._refuse(values)
        return super().update(**values)

    def bulk_create(self, *args: Any, **options: Any) -> Any:
        """Refuse if new rows are announced: these would have no event."""
        if self.model.CREATION_IS_ANNOUNCED:
            raise UnannouncedChange(f"Create each {self.model._meta.verbose_name} by itself.")
        return super().bulk_create(*args, **options)

    def bulk_update(  # type: ignore[override]
        self, objs: Iterable[Any], fields: Iterable[str], **options: Any
    ) -> int:
        """Refuse to change announced fields without telling anybody."""
        fields = list(fields)
        self._refuse(fields)
        return super().bulk_update(objs, fields, **options)

    def locked(self) -> Self:
        """Locked until the transaction ends, so that of two changes one waits for the other."""
        return self.select_for_update(of=("self",))

    def _refuse(self, fields: Iterable[str]) -> None:
        if announced := self.model.ANNOUNCED & set(fields):
            names = ", ".join(sorted(announced))
            raise UnannouncedChange(f"Use the model's methods to change {names}.")


class AnnouncedModel(models.Model):
    """A model whose creation and changes of the fields in `ANNOUNCED` make events."""

    ANNOUNCED: ClassVar[frozenset[str]] = frozenset()
    CREATION_IS_ANNOUNCED: ClassVar[bool] = True

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        """Save, and let the receivers of both phases write in the same transaction.

        Django sends `post_save` after its own transaction block, so this one
        is what makes the row and the events about it one unit.
        """
        with transaction.atomic(savepoint=False):
            super().save(*args, **options)
        self._remember(options.get("update_fields") or self.ANNOUNCED)

    @classmethod
    def from_db(cls, db: Any, field_names: Any, values: Any, **options: Any) -> Self:
        """Remember the announced fields as stored, to detect a change."""
        instance = super().from_db(db, field_names, values, **options)
        instance._remember(cls.ANNOUNCED)
        return instance

    def refresh_from_db(self, *args: Any, **options: Any) -> None:
        """Read the row again. An unsaved change is forgotten."""
        super().refresh_from_db(*args, **options)
        self._remember(options.get("fields") or self.ANNOUNCED)

    def changes(self, field: str, update_fields: Iterable[str] | None) -> bool:
        """Whether a save of `update_fields` (None: all) changes a field; for receivers."""
        if update_fields is not None and field not in update_fields:
            return False
        return bool(self._stored().get(field) != getattr(self, field))

    def _stored(self) -> dict[str, Any]:
        stored: dict[str, Any] = self.__dict__.setdefault("_stored_values", {})
        return stored

    def _remember(self, fields: Iterable[str]) -> None:
        loaded = self.__dict__
        for field in self.ANNOUNCED & set(fields):
            if field in loaded:
                self._stored()[field] = loaded[field]


class StatusModel(AnnouncedModel):
    """An announced model with a table of the allowed changes of its `status`."""

    #: Where a row may go from each status.
    NEXT_STATUSES: ClassVar[dict[str, frozenset[str]]] = {}

    #: The status before a change that is not saved yet.
    previous_status: str | None = None

    status: Any

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        """Save. Afterwards the change of status counts as announced."""
        super().save(*args, **options)
        self.previous_status = None

    def refresh_from_db(self, *args: Any, **options: Any) -> None:
        """Read the row again. An unsaved change of status is forgotten."""
        super().refresh_from_db(*args, **options)
        self.previous_status = None

    def change_status(self, status: str) -> bool:
        """Set the status without saving. False if the row has it already.

        The caller holds the row's lock (`locked()`), or is alone.

        Raises:
            What `refused` makes, when the status cannot be reached from here.
        """
        if status == self.status:
            return False
        if status not in self.NEXT_STATUSES[self.status]:
            raise self.refused(status)
        if self.previous_status is not None:
            raise UnannouncedChange("Save one change of status before making the next.")
        self.previous_status, self.status = self.status, status
        return True

    def refused(self, status: str) -> Exception:
        """The error for a status that cannot be reached from the present one."""
        return ValueError(f"{self._meta.verbose_name}: {self.status} cannot become {status}.")

    def moved(self, update_fields: Iterable[str] | None) -> str | None:
        """The previous status, or None if a save does not change it; for receivers.

        Raises:
            UnannouncedChange: when the status was assigned past `change_status`.
        """
        if not self.changes("status", update_fields):
            return None
        if self.previous_status is None:
            raise UnannouncedChange("Use change_status() to change the status.")
        return self.previous_status
