"""What a new scan belongs to: the case that is bound to its place, and the label it gets by that."""

from __future__ import annotations

from dataclasses import replace

from core.belongs import Belongs
from core.cases import Tlp, strictest, tlp_of
from core.models import Place
from core.settings import Settings
from core.store import Store


def belonging(store: Store, settings: Settings, place: Place, said: Belongs) -> Belongs:
    """What was said, completed: the case of the place unless another was named, and its label. Blocking.

    Nothing in a case is marked more loosely than the case; outside of one, what nobody marked gets DEFAULT_TLP.

    Raises:
        StoreDown: the record does not answer.
    """
    own = tlp_of(said.tlp)
    case = store.cases.get(said.case) if said.case else store.cases.bound(place)
    if case is None:
        return replace(said, tlp=str(own or Tlp(settings.default_tlp)))
    return replace(said, case=case.id, tlp=str(strictest(own, case.tlp)))


def label_of(said: Belongs) -> Tlp | None:
    """The label that it says; none: it is from before there were labels."""
    return tlp_of(said.tlp)
