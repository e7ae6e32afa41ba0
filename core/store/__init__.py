"""The record: the only place that knows SQL. SQLite by default, Postgres by DATABASE_URL."""

from __future__ import annotations

import sqlalchemy as sa

from core import clock
from core.store.answers import Answers, Stored
from core.store.approvals import CARD, Approval, Approvals, State
from core.store.audit import Audit, Claim, Decisions
from core.store.backlog import Backlog, Heap, Waiting
from core.store.callbacks import Callback, Callbacks
from core.store.casefiles import Casefiles, CasePage
from core.store.cases import Cases
from core.store.chain import Chain, Verified
from core.store.database import Database
from core.store.desk import AGAIN, LOST, Desk, Said, Seat, is_behind
from core.store.digests import Digests
from core.store.dumps import dump, held, load
from core.store.findings import Findings, Kept, Outline, Sieve, Tally
from core.store.forgetting import Forgetting, Forgotten, Held, Spoken, name_of
from core.store.health import Course, Healths
from core.store.installations import Installations
from core.store.kinship import Room, TooFar
from core.store.labels import Labels
from core.store.listing import Filters, Listing, Page
from core.store.looks import Look, Looks, News, Reach
from core.store.migrate import migrate, pending
from core.store.mine import Mine
from core.store.notices import Notice, Notices
from core.store.opening import Ask, Choice, Opened
from core.store.overdue import Overdue
from core.store.past import Past
from core.store.pivotings import Pivotings
from core.store.playbooks import Playbooks
from core.store.rates import Rates, TooOften
from core.store.refusals import Refusals
from core.store.roles import Given, Roles
from core.store.runs import MOST_ATTEMPTS, Pulse, Runs
from core.store.scans import Abandoned, Scans
from core.store.statements import MOST_PUT_OFF
from core.store.switches import Switches
from core.store.tables import metadata
from core.store.thinning import Thinning
from core.store.tokens import Token, Tokens
from core.store.tree import Trees
from core.store.triggers import starting_over
from core.store.turns import Demand, Turns
from core.store.verdicts import Verdicts
from core.store.watches import Watches

__all__ = [
    "AGAIN",
    "CARD",
    "LOST",
    "MOST_ATTEMPTS",
    "MOST_PUT_OFF",
    "Abandoned",
    "Answers",
    "Approval",
    "Approvals",
    "Ask",
    "Audit",
    "Backlog",
    "Callback",
    "Callbacks",
    "CasePage",
    "Casefiles",
    "Cases",
    "Chain",
    "Choice",
    "Claim",
    "Course",
    "Database",
    "Decisions",
    "Demand",
    "Desk",
    "Digests",
    "Filters",
    "Findings",
    "Forgetting",
    "Forgotten",
    "Given",
    "Healths",
    "Heap",
    "Held",
    "Installations",
    "Kept",
    "Labels",
    "Listing",
    "Look",
    "Looks",
    "Mine",
    "News",
    "Notice",
    "Notices",
    "Opened",
    "Outline",
    "Overdue",
    "Page",
    "Past",
    "Pivotings",
    "Playbooks",
    "Pulse",
    "Rates",
    "Reach",
    "Refusals",
    "Roles",
    "Room",
    "Runs",
    "Said",
    "Scans",
    "Seat",
    "Sieve",
    "Spoken",
    "State",
    "Store",
    "Stored",
    "Switches",
    "Tally",
    "Thinning",
    "Token",
    "Tokens",
    "TooFar",
    "TooOften",
    "Trees",
    "Turns",
    "Verdicts",
    "Verified",
    "Waiting",
    "Watches",
    "dump",
    "held",
    "is_behind",
    "load",
    "migrate",
    "name_of",
    "open_store",
    "pending",
]


class Store:
    """The record's parts, over one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.scans = Scans(database)
        self.runs = Runs(database)
        self.desk = Desk(database)
        self.overdue = Overdue(database)
        self.audit = Audit(database)
        self.health = Healths(database)
        self.tokens = Tokens(database)
        self.findings = Findings(database)
        self.listing = Listing(database)
        self.looks = Looks(database)
        self.past = Past(database)
        self.callbacks = Callbacks(database)
        self.backlog = Backlog(database)
        self.turns = Turns(database)
        self.watches = Watches(database)
        self.notices = Notices(database)
        self.playbooks = Playbooks(database)
        self.digests = Digests(database)
        self.cases = Cases(database)
        self.casefiles = Casefiles(database)
        self.labels = Labels(database)
        self.chain = Chain(database)
        self.roles = Roles(database)
        self.refusals = Refusals(database)
        self.approvals = Approvals(database)
        self.forgetting = Forgetting(database)
        self.verdicts = Verdicts(database)
        self.trees = Trees(database)
        self.pivotings = Pivotings(database)
        self.switches = Switches(database)
        self.mine = Mine(database)
        self.answers = Answers(database)
        self.thinning = Thinning(database)
        self.installations = Installations(database)

    def forget_everything(self) -> None:
        """Empty every table: for tests and for starting over, never while somebody relies on what is kept."""
        tables = list(reversed(metadata.sorted_tables))

        def work(db: sa.Connection) -> None:
            with starting_over(db):
                for table in tables:
                    db.execute(table.delete())

        self.database.write(work)

    def examine(self) -> None:
        """Write something small and look through a SQLite file; slow for large ones.

        Raises:
            StoreDown: it cannot be written, or is damaged.
        """
        self.audit.first_time(f"examined:{clock.now().isoformat()}")  # forgotten like every delivery's key
        self.database.look_through()

    def close(self) -> None:
        self.database.dispose()


def open_store(url: str, *, patience: float = 5.0, migrated: bool = True) -> Store:
    """Open the record and bring its tables up to date (safe when several processes start at once).

    Raises:
        StoreDown: the database does not answer.
    """
    if migrated:
        migrate(url)
    return Store(Database(url, patience=patience))
