"""Rows of the form of a study: entries that can be added and removed without scripts."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from django.http import QueryDict

from evaluations.pages.form.parts import Body, Row

#: Rows that one form may send. What exceeds the limits of the API is refused there.
MOST_ROWS = 400


class Rows:
    """The rows of one list. Each has a number of its own, which stays when others are removed."""

    def __init__(
        self,
        name: str,
        form: type[Row],
        stored: Sequence[Mapping[str, Any]],
        data: QueryDict | None = None,
        key: str = "id",
    ) -> None:
        self.name, self.form, self.key = name, form, key
        self.stored = {str(entry[key]): entry for entry in stored}
        self._sent: list[Row] = []
        if data is None:
            self.rows = {number: self._row(number, entry) for number, entry in enumerate(stored)}
        else:
            self.rows = {
                number: form(data, prefix=f"{name}.{number}")
                for number in _numbers(data.getlist(name))
            }

    def __iter__(self) -> Iterator[tuple[int, Row]]:
        return iter(self.rows.items())

    def __len__(self) -> int:
        return len(self.rows)

    def add(self, entry: Mapping[str, Any] | None = None, *, focus: bool = False) -> None:
        """Add a row at the end; `focus` puts the cursor into it."""
        number = max(self.rows, default=-1) + 1
        row = self._row(number, entry or {})
        if focus:
            row.fields[row.first].widget.attrs["autofocus"] = True
        self.rows[number] = row

    def remove(self, number: int) -> None:
        """Take a row away."""
        self.rows.pop(number, None)

    def ids(self) -> list[str]:
        """The ids of the entries, in order; empty for rows that were not saved yet."""
        return [str(row.typed("id") or "") for row in self.rows.values()]

    def entries(self) -> list[Body]:
        """The entries for a body of the API, without empty rows."""
        self._sent, found = [], []
        for row in self.rows.values():
            entry = row.entry(self.stored.get(str(row.typed("id") or ""), {}))
            if entry is not None:
                self._sent.append(row)
                found.append(entry)
        return found

    def refuse(self, position: str, field: str, text: str) -> bool:
        """Show a refusal in the row of an entry that was sent; False where there is none."""
        if not position.isdecimal() or int(position) >= len(self._sent):
            return False
        row = self._sent[int(position)]
        shown = field if field in row.fields else row.first
        row.add_error(shown, text)
        return True

    def _row(self, number: int, entry: Mapping[str, Any]) -> Row:
        initial = {**entry, "id": entry.get(self.key, "")}
        return self.form(initial=initial, prefix=f"{self.name}.{number}")


def numbered(entries: Sequence[Body], letter: str) -> list[Body]:
    """Entries, with an id that is free for each that has none."""
    taken = {entry.get("id") for entry in entries}
    free = (name for n in count() if (name := f"{letter}-{n}") not in taken)
    return [entry if entry.get("id") else {**entry, "id": next(free)} for entry in entries]


def _numbers(sent: Sequence[str]) -> list[int]:
    """The numbers of the rows that a form sent, each once."""
    found = [int(text) for text in sent if text.isdecimal() and len(text) < 6]
    return list(dict.fromkeys(found))[:MOST_ROWS]
