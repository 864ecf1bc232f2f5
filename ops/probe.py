"""Ask an address and end with 1 unless it answers 200: a health check without curl."""

import sys
import urllib.request

try:
    with urllib.request.urlopen(sys.argv[1], timeout=4) as reply:  # noqa: S310 - its caller's own address
        sys.exit(reply.status != 200)
except OSError as error:
    sys.exit(f"{sys.argv[1]}: {error}")
