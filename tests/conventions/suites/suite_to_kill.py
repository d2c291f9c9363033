"""A test that waits until `test_killed_runs` kills it, with programs of each kind."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import asyncpg

from tests.support.servers.ports import unused_port
from tests.support.servers.processes import Server, answers, environment, module
from tests.support.servers.redis_server import RedisServer

DEAF = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
)


def postmaster(url: str) -> int:
    """Process id of a PostgreSQL server."""

    async def data_folder() -> str:
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        try:
            return str(await connection.fetchval("SHOW data_directory"))
        finally:
            await connection.close()

    return int(Path(asyncio.run(data_folder()), "postmaster.pid").read_text().split()[0])


def test_programs_run_until_the_kill(postgres_url: str, own_redis: RedisServer, tmp_path: Path) -> None:
    log, port = tmp_path / "deaf.log", str(unused_port())
    deaf = Server([sys.executable, "-c", DEAF], os.environ, lambda: "deaf" in log.read_text(), log)
    prepared = Server(
        module(["http.server", port, "--bind", "127.0.0.1"]),
        environment({}),
        answers(f"http://127.0.0.1:{port}/"),
        tmp_path / "prepared.log",
    )
    with deaf, prepared:
        deaf.wait_until_ready()
        prepared.wait_until_ready()
        assert deaf.process
        assert prepared.process
        pids = [deaf.process.pid, prepared.process.pid, own_redis.pid, postmaster(postgres_url)]
        report = Path(os.environ["REPORT"])
        report.with_suffix(".new").write_text(json.dumps(pids))
        report.with_suffix(".new").rename(report)
        signal.pause()
