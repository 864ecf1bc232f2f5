"""The catalogue of facts: the one truth about each fact that observers, rubric and docs use.

Adding a fact takes one entry here and its measure in an observer.
"""

from collections.abc import Mapping

from autousers.observation.catalogue import looks, names, network, operating, reading
from autousers.observation.catalogue.kinds import FactKind

SUBJECTS: Mapping[str, tuple[FactKind, ...]] = {
    "Names and structure": names.KINDS,
    "Operating": operating.KINDS,
    "Looks": looks.KINDS,
    "Content": reading.KINDS,
    "Network": network.KINDS,
}
"""The facts by subject, in the order of the documentation."""

CATALOGUE: Mapping[str, FactKind] = {kind.id: kind for kinds in SUBJECTS.values() for kind in kinds}
"""Every fact by its id."""

AXE_RULES: Mapping[str, str] = {rule: kind.id for kind in CATALOGUE.values() for rule in kind.axe}
"""The fact that counts the failing elements of each rule of axe-core."""
