"""A Redis that Sentinels watch: how it is written as a URL, and a client that follows whoever is master now.

    sentinel://[[user]:password@]host:port,host:port,host:port/0?master=NAME[&sentinel_password=...]

The password in front is that of Redis; Sentinels may have one of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import parse_qs, quote, unquote

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff

SCHEME: Final = "sentinel://"
PORT = 26379
MOST_PLACES = 9
PATIENCE = 0.3  # of a client's: what one Sentinel may take to answer, for the next one may know
_URL = re.compile(
    r"sentinel://(?:(?P<user>[^:@/?]*)(?::(?P<password>[^@/?]*))?@)?"
    r"(?P<places>[^@/?]+)(?:/(?P<database>\d*))?\?(?P<query>.+)"
)
_PLACE = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::(?P<port>\d{1,5}))?")


@dataclass(frozen=True, slots=True)
class Watched:
    """The master of this name, as these Sentinels know it."""

    sentinels: tuple[tuple[str, int], ...]
    master: str
    database: int = 0
    user: str = ""
    password: str = ""
    sentinel_password: str = ""

    @property
    def broker_url(self) -> str:
        """The same in the words of Celery's transport, which wants a URL for each Sentinel."""
        login = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}@" if self.password else ""
        return ";".join(f"sentinel://{login}{host}:{port}/{self.database}" for host, port in self.sentinels)

    @property
    def login(self) -> dict[str, Any]:
        """What Redis wants to know of us."""
        return {"username": self.user or None, "password": self.password or None} if self.password else {}

    def asking(self, timeout: float) -> dict[str, Any]:
        """How each Sentinel is asked: once, for so long."""
        patience: dict[str, Any] = {"socket_timeout": timeout, "socket_connect_timeout": timeout}
        password = {"password": self.sentinel_password} if self.sentinel_password else {}
        return patience | password


def read(url: str) -> Watched | None:
    """What a URL of Sentinels says; None for any other kind of URL.

    Raises:
        ValueError: it is one, and wrong. The sentence holds nothing of it.
    """
    if not url.startswith(SCHEME):
        return None
    found = _URL.fullmatch(url)
    query = parse_qs(found["query"]) if found else {}
    if found is None or not query.get("master") or set(query) - {"master", "sentinel_password"}:
        raise ValueError("must look like sentinel://[:password@]host:port,host:port/0?master=NAME")
    places = [_PLACE.fullmatch(word) for word in found["places"].split(",")]
    if None in places or len(places) > MOST_PLACES:
        raise ValueError("must name its Sentinels as host:port,host:port")
    return Watched(
        sentinels=tuple((place["host"].strip("[]"), int(place["port"] or PORT)) for place in places if place),
        master=query["master"][0],
        database=int(found["database"] or 0),
        user=unquote(found["user"] or ""),
        password=unquote(found["password"] or ""),
        sentinel_password=query.get("sentinel_password", [""])[0],
    )


class _Follower(redis.asyncio.Redis):
    """Closes what it asked the Sentinels by, too."""

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        await super().aclose(close_connection_pool)
        await cast("Any", self.connection_pool).sentinel_manager.aclose()


def follow(watched: Watched, *, timeout: float, **connection: Any) -> redis.asyncio.Redis:
    """A client of whoever is master: it asks the Sentinels whenever it connects, and connects anew when the one it
    had went away or became a replica."""
    asking = watched.asking(timeout * PATIENCE) | {"retry": Retry(NoBackoff(), 0)}
    make: Any = Sentinel  # untyped
    master = make(watched.sentinels, sentinel_kwargs=asking, **connection).master_for(
        watched.master, redis_class=_Follower, db=watched.database, **watched.login
    )
    return cast("redis.asyncio.Redis", master)
