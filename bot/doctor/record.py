"""The record: whether it answers and is up to date, its size, what lags in it, its tokens, its backups."""

from __future__ import annotations

from datetime import timedelta

from bot.doctor.sign import Sign, bad, good, weak
from core import clock
from core.clock import span
from core.errors import StoreDown
from core.settings import Settings
from core.store import Store, Token, open_store, pending

STEPS = {
    "away": "Check DATABASE_URL, and that the server runs.",
    "full": "Make room on the database's disk. What was found meanwhile is written then.",
    "read_only": "Make the database writable; on Postgres, DATABASE_URL must lead to the primary.",
    "unopened": "Check the rights on the folder in DATABASE_URL, and that its disk is not read-only.",
    "damaged": "Stop everything, keep the damaged file, and put a backup in its place.",
    "refused": "See the log. Was the database made by another release?",
}
LATE = 120.0  # seconds
OLD = timedelta(hours=26)  # of a backup
ENDLESS = "Make new ones (python -m bot token create --expires 90d), and revoke these."
UNUSED = timedelta(days=30)  # of a token
SHOWN = 3
BACK_UP = "Once a day: python -m bot backup FOLDER (docs/how-to/back-up-and-restore.md)"


def record(settings: Settings) -> list[Sign]:
    """What the record says when it is asked; one bad sign when it does not answer."""
    name = settings.database.split(":", 1)[0].split("+")[0]
    try:
        if waiting := pending(settings.database):
            sentence = f"The database ({name}) answers; {len(waiting)} migrations have not run."
            return [weak(sentence, "They run at the next start of the bot or a worker.")]
        store = open_store(settings.database, migrated=False)
        try:
            store.examine()
            answers = good(f"The database ({name}) answers and its tables are up to date.")
            return [answers, _size(store), *_lags(store), *_tokens(store), _backup(store)]
        finally:
            store.close()
    except StoreDown as error:
        return [bad(f"The database ({name}): {error}", STEPS[error.reason])]


def _size(store: Store) -> Sign:
    size = store.backlog.size()
    since = f" since {size.since:%Y-%m-%d}" if size.since is not None else ""
    return good(
        f"The record holds {size.scans} scans{since} in {size.bytes / 2**20:.1f} MB. None is deleted by itself."
    )


def _lags(store: Store) -> list[Sign]:
    waiting, found = store.backlog.look(), []
    if waiting.threads.many:
        page = "See the notifier's log, and docs/how-to/when-a-thread-is-not-delivered.md"
        found.append(weak(f"{waiting.threads.many} threads lag behind the record.", page))
    if waiting.due.age > LATE:
        page = "docs/how-to/when-a-task-is-pending-for-ever.md"
        found.append(weak(f"{waiting.due.many} runs wait, the oldest since {span(waiting.due.age)}.", page))
    if waiting.given_up:
        page = "docs/how-to/when-a-callback-is-given-up.md"
        found.append(weak(f"{waiting.given_up} callbacks were given up: nobody took them.", page))
    return found or [good("Threads say what the record knows, nothing waits for long, no callback was given up.")]


def _tokens(store: Store) -> list[Sign]:
    tokens = [each for each in store.tokens.listed() if each.revoked_at is None]
    usable = [each for each in tokens if each.is_good]
    endless = [each for each in usable if each.expires_at is None]
    idle = [each for each in usable if each.used_at is None and clock.now() - each.created_at > UNUSED]
    expired = [each for each in tokens if not each.is_good]
    found = []
    if endless:
        found.append(weak(f"{_named(endless)} have no end.", ENDLESS))
    if idle:
        found.append(weak(f"{_named(idle)} were never used in {UNUSED.days} days.", "Revoke what nobody needs."))
    if expired:
        found.append(weak(f"{_named(expired)} have expired.", "Revoke them, so that the list shows what is in use."))
    return found or [good(f"{len(usable)} tokens open the REST API; each ends, and none lies about unused.")]


def _named(tokens: list[Token]) -> str:
    names = ", ".join(f"{each.name or 'without a name'} ({each.id})" for each in tokens[:SHOWN])
    more = f" and {len(tokens) - SHOWN} more" if len(tokens) > SHOWN else ""
    return f"{len(tokens)} tokens, {names}{more},"


def _backup(store: Store) -> Sign:
    made = store.backlog.last("backup")
    if made is None:
        return weak("The record was never backed up.", BACK_UP)
    age = clock.now() - made
    sentence = f"The last backup was made {span(age.total_seconds())} ago."
    return weak(sentence, BACK_UP) if age > OLD else good(sentence)
