"""The designs of each comparison, by label and address, for exports."""

from collections.abc import Mapping
from typing import Any

from evaluations.files import addresses
from evaluations.models import Comparison, Evaluation, EvaluationType

#: A design of an export: side, label, address. Of files that were uploaded, their address.
Design = dict[str, str]


def designs_of(evaluation: Evaluation) -> dict[str, list[Design]]:
    """The designs by comparison: one, or those of side A and side B."""
    rows = Comparison.objects.filter(evaluation=evaluation)
    return {row.pk: designs_in(row, evaluation.type) for row in rows}


def designs_in(row: Comparison, kind: str) -> list[Design]:
    """The designs of a comparison: one, or those of side A and side B."""
    return _pair(row) if kind == EvaluationType.SXS else [_single(row)]


def _single(row: Comparison) -> Design:
    sent = row.stimulus
    return {"side": "A", "label": str(row), "address": _address(sent, "fileId", "url", "fileUrl")}


def _pair(row: Comparison) -> list[Design]:
    sent = row.stimulus
    addresses = {
        "A": _address(sent, "sideAFileId", "currentUrl", "sideAFileUrl"),
        "B": _address(sent, "sideBFileId", "variantUrl", "sideBFileUrl"),
    }
    return [
        {"side": side, "label": f"{row}, side {side}", "address": address}
        for side, address in addresses.items()
    ]


def _address(sent: Mapping[str, Any], file: str, *names: str) -> str:
    if sent.get(file):
        return addresses.of_api(sent[file])
    return next((str(sent[name]) for name in names if sent.get(name)), "")
