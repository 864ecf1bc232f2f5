"""The OpenAPI document as it is checked in, which is quicker to read than to make from the code.

`tests/contract/test_document.py` compares the two.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings

CHECKED_IN = Path(settings.BASE_DIR) / "docs" / "api" / "openapi.json"
DOCUMENT: dict[str, Any] = json.loads(CHECKED_IN.read_text())


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The path, the method and the rest of each operation."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation
