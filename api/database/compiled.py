"""Queries of the ORM that are compiled once per process.

Building a queryset and compiling it to SQL costs several times what running it
does, and gives the same text each time. A `Compiled` query does both once and
keeps the text; each call only puts its values in. What it returns is what the
queryset would return: the same instances, related objects, annotations and
prefetched lists.

It is for the few statements that most requests run. `tests/api/database/test_compiled.py`
compares every one of them with its queryset.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import NotSupportedError, connection, models
from django.db.models import QuerySet
from django.db.models.query import get_related_populators
from django.db.transaction import TransactionManagementError

from api.database.prepared import prepared_cursor

Row = TypeVar("Row", bound=models.Model)


class Placeholder(str):
    """A stand-in for a value while the query is compiled. Text fields pass it through unchanged."""

    __slots__ = ("position",)
    position: int

    def __new__(cls, position: int) -> "Placeholder":
        """Make one with a unique text, so that no two of them are equal."""
        made = super().__new__(cls, f"placeholder {position}")
        made.position = position
        return made


class Compiled(Generic[Row]):
    """A query whose SQL is made at its first call. Calling it gives the rows.

        KEYS = Compiled(lambda digest: ApiKey.objects.filter(digest=digest).with_role())
        KEYS(digest)

    `build` makes the queryset from as many placeholders as a call has values.
    The SQL is kept per number of values. Values are texts: ids, digests, words.

    Named arguments of a call are given to `build` as they are, and there is a
    text for each combination of them.

    The database keeps a plan as well (`api/database/prepared.py`), unless the best plan
    depends on the values (`one_plan=False`): a list of a large team is read in
    another way than that of a small one.
    """

    def __init__(self, build: Callable[..., QuerySet[Row]], *, one_plan: bool = True) -> None:
        self.build = build
        self._one_plan = one_plan
        self._statements: dict[Hashable, _Statement] = {}

    def __call__(self, *values: str, **shape: Hashable) -> list[Row]:
        """The rows of the query, with these values."""
        key = connection.vendor, len(values), *sorted(shape.items())
        statement = self._statements.get(key)
        if statement is None:
            queryset = self.build(*map(Placeholder, range(len(values))), **shape)
            statement = self._statements[key] = _Statement(
                queryset, values=len(values), one_plan=self._one_plan
            )
        return statement.run(values)

    def first(self, *values: str) -> Row | None:
        """The first row of the query, or None."""
        return next(iter(self(*values)), None)


class _Statement:
    """The SQL of a queryset, and how its rows become instances."""

    def __init__(self, queryset: Any, *, values: int, one_plan: bool) -> None:
        self.one_plan = one_plan
        self.alias, self.is_locking = queryset.db, queryset.query.select_for_update
        compiler = queryset.query.get_compiler(connection=connection)
        try:
            self.sql, self.parameters = compiler.as_sql()
        except EmptyResultSet:  # nothing can match, for example `team__in=()`
            self.sql = ""
            return
        used = {one.position for one in self.parameters if isinstance(one, Placeholder)}
        if len(used) != values:
            raise TypeError("A value is not among the parameters: its field converts it.")
        selected, info = compiler.select, compiler.klass_info
        columns = info["select_fields"]
        self.model: Any = info["model"]
        self.columns = slice(columns[0], columns[-1] + 1)
        self.names = [column.target.attname for column, _, _ in selected[self.columns]]
        self.related = get_related_populators(info, selected, queryset.db)  # type: ignore[call-arg]
        self.annotations = list(compiler.annotation_col_map.items())
        self.converters = list(compiler.get_converters([one for one, _, _ in selected]).items())
        self.prefetches = [_Children(one, self.model) for one in queryset._prefetch_related_lookups]

    def run(self, values: Sequence[str]) -> list[Any]:
        """The rows, as the queryset would give them."""
        if self.is_locking and connection.get_autocommit():
            raise TransactionManagementError("A row can only be locked within a transaction.")
        if not self.sql:
            return []
        parameters = [
            values[one.position] if isinstance(one, Placeholder) else one for one in self.parameters
        ]
        try:
            found = self._execute(parameters)
        except NotSupportedError:
            # A migration changed a column's type, so PostgreSQL refuses the plan of this session.
            # A rollback drops the plans; outside of a transaction a new session does.
            if connection.in_atomic_block:
                raise
            connection.close()
            found = self._execute(parameters)
        for children in self.prefetches if found else ():
            children.give_to(found)
        return found

    def _execute(self, parameters: Sequence[Any]) -> list[Any]:
        with prepared_cursor() if self.one_plan else connection.cursor() as cursor:
            cursor.execute(self.sql, parameters)
            return [self._instance(list(row)) for row in cursor.fetchall()]

    def _instance(self, row: list[Any]) -> Any:
        """An instance, as `django.db.models.query.ModelIterable` makes it."""
        for position, (converters, expression) in self.converters:
            for convert in converters:
                row[position] = convert(row[position], expression, connection)
        instance = self.model.from_db(self.alias, self.names, row[self.columns])
        for related in self.related:
            related.populate(row, instance)
        for name, position in self.annotations:
            setattr(instance, name, row[position])
        return instance


class _Children:
    """A `Prefetch` of the rows that refer to those of a query: one more statement for all."""

    def __init__(self, prefetch: Any, parent: type[models.Model]) -> None:
        reference: Any = parent._meta.get_field(prefetch.prefetch_through)
        self.field: models.ForeignKey[Any, Any] = reference.field
        self.attribute: str = prefetch.to_attr
        rows, name = prefetch.queryset, f"{self.field.name}__in"
        self.query: Compiled[Any] = Compiled(lambda *parents: rows.filter(**{name: parents}))

    def give_to(self, parents: Sequence[Any]) -> None:
        """Give each row the list of those that refer to it."""
        lists: dict[str, list[Any]] = {parent.pk: [] for parent in parents}
        for child in self.query(*lists):
            lists[getattr(child, self.field.attname)].append(child)
        for parent in parents:
            setattr(parent, self.attribute, lists[parent.pk])
            for child in lists[parent.pk]:
                self.field.set_cached_value(child, parent)
