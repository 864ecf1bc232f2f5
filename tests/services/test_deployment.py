"""The files to deploy by name the same commands, and these commands make a complete server."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from chaos.processes import free_port, wait_until
from config.health import heartbeats, pulse
from tests.services.stack import Stack

ROOT = Path(settings.BASE_DIR)
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
KINDS = ("web", "deliveries", "runs", "beat")

#: What differs between a container and a machine.
OF_CONTAINERS = (" --bind 0.0.0.0:8000", " --worker-tmp-dir /tmp")


def of_compose(kind: str) -> str:
    return COMPOSE[kind]["command"]


def of_unit(kind: str) -> str:
    unit = (ROOT / "ops" / "systemd" / f"autousers-{kind}.service").read_text(encoding="utf-8")
    [command] = re.findall(r"^ExecStart=/srv/autousers/\.venv/bin/(.+)$", unit, re.MULTILINE)
    return command.replace("%%h", "%h")


def of_readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def plain(command: str) -> str:
    for option in OF_CONTAINERS:
        command = command.replace(option, "")
    return command


class TestFiles:
    @pytest.mark.parametrize("kind", KINDS)
    def test_all_name_the_same_command(self, kind):
        assert plain(of_compose(kind)) == of_unit(kind)
        assert f"    {of_unit(kind)}\n" in of_readme()

    def test_the_image_starts_what_compose_starts(self):
        commands = [
            shlex.join(json.loads(one)) for one in re.findall(r"^CMD (.+)$", DOCKERFILE, re.M)
        ]

        assert commands == [of_compose("web"), of_compose("runs")]

    def test_each_process_is_confined(self):
        for kind in (*KINDS, "migrate"):
            service = COMPOSE[kind]
            assert service["read_only"] is True
            assert service["cap_drop"] == ["ALL"]
            assert service["security_opt"] == ["no-new-privileges:true"]
        users = re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)
        assert users == ["10001", "root", "10001"]

    def test_no_secret_is_written_down(self):
        for service in COMPOSE.values():
            for name, value in service.get("environment", {}).items():
                assert "PASSWORD" not in name or value.startswith("${")

    @pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
    def test_systemd_takes_the_units(self, tmp_path):
        folder = Path(sys.executable).parent
        for unit in (ROOT / "ops" / "systemd").iterdir():
            text = unit.read_text(encoding="utf-8")
            text = text.replace("/srv/autousers/.venv/bin", str(folder))
            text = text.replace("/srv/autousers", str(ROOT)).replace("User=autousers", "User=root")
            (tmp_path / unit.name).write_text(text, encoding="utf-8")
        checked = subprocess.run(
            ["systemd-analyze", "verify", *sorted(map(str, tmp_path.iterdir()))],
            env=os.environ | {"SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
            capture_output=True,
            text=True,
            timeout=60,
        )

        assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_the_commands_make_a_complete_server(stack: Stack):
    port = free_port()
    for kind in KINDS:
        command = of_compose(kind).replace("0.0.0.0:8000", f"127.0.0.1:{port}")
        stack.run(kind, command, AUTOUSERS_HEARTBEAT_SECONDS="1")
    wait_until(lambda: pulse.take().problems == [], 90, what="a healthy pulse")

    assert {one.kind for one in pulse.take().processes} == set(heartbeats.KINDS)
    assert health_check(port) == 0
    assert health_check(free_port()) == 1


def health_check(port: int) -> int:
    """How the health check of the image ends, for a server at a port."""
    [written] = re.findall(r"CMD (\[.*healthz.*\])", DOCKERFILE)
    program, script, address = json.loads(written)
    assert program == "python"
    command = [sys.executable, script, address.replace(":8000", f":{port}")]
    return subprocess.run(command, cwd=ROOT, timeout=60, check=False).returncode
