"""Exit 0 where the PostgreSQL of `DATABASE_URL` and the Redis of `REDIS_URL` answer."""

import os
import sys

import psycopg
import redis


def main() -> int:
    """Try both, and say which one does not answer."""
    try:
        # The tests make a database of their own, so the one named need not exist.
        psycopg.connect(os.environ["DATABASE_URL"], dbname="postgres", connect_timeout=3).close()
        redis.Redis.from_url(os.environ["REDIS_URL"], socket_connect_timeout=3).ping()
    except (psycopg.Error, redis.RedisError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
