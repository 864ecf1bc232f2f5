"""More evaluations of a team; prints their ids.

python -m benchmarks.engine.programs.more_evaluations TEAM COUNT
"""

import json
import sys

from benchmarks.seed import evaluation_of
from teams.models import Team

if __name__ == "__main__":
    team = Team.objects.select_related("owner").get(pk=sys.argv[1])
    print(json.dumps([evaluation_of(team).pk for _ in range(int(sys.argv[2]))]))
