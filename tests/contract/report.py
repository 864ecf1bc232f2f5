"""Print how far the server is from the contract: `make contract`.

What is built, where it differs (and whether that is meant), and what is
missing; the exit status tells whether anything differs that is not meant.
"""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings_test")


def main() -> int:
    """Print the report; how many differences nobody has explained."""
    django.setup()
    from tests.contract import test_facts as facts

    operations = facts.CONTRACT.root["operations"]
    built, unexplained = facts.built(), 0
    lines: dict[str, list[str]] = {"same": [], "meant": [], "differs": []}
    for name in sorted(built):
        found = facts.operation_differences(name)
        bad = [one for one in found if not any(facts.reasons(name, one))]
        own = [one for one in found if ("*", one.place, one.path, one.fact) not in facts.DELIBERATE]
        unexplained += len(bad)
        kind = "differs" if bad else "meant" if own else "same"
        address = f"{built[name]['method']:6} {built[name]['path']}"
        lines[kind] += [f"{address:60} {name}", *(f"    {one}" for one in bad or own)]
    missing = [
        f"{operations[name]['method']:6} {operations[name]['path']:53} {name}"
        for name in sorted(set(operations) - set(built))
    ]
    show("Built as the contract has it", lines["same"])
    show("Built, with differences that are meant", lines["meant"])
    show("Built, and different", lines["differs"])
    show(f"Missing, of {len(operations)}", missing)
    show("Beyond the contract", sorted(set(facts.offered()) - set(operations)))
    return unexplained


def show(title: str, lines: list[str]) -> None:
    """Print a section; lines that belong to one before are further in."""
    print(f"{title}: {sum(not line.startswith(' ') for line in lines)}")
    print(*(f"  {line}" for line in lines), "", sep="\n")


if __name__ == "__main__":
    sys.exit(min(main(), 1))
