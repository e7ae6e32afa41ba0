"""What an analyst may ask about, read from text as people paste it: one parser for every door.

`parse` reads one target, `extract` finds all that a message names, `split` cuts a command line into words,
`spell` writes a target so that `parse` reads it again, `defang` and `display` show it so that nothing links to it.
"""

from core.targets.extraction import extract
from core.targets.hosts import host_of
from core.targets.reading import parse
from core.targets.showing import display
from core.targets.spelling import defang, spell
from core.targets.splitting import split
from core.targets.suffixes import registrable, suffix_of

__all__ = ["defang", "display", "extract", "host_of", "parse", "registrable", "spell", "split", "suffix_of"]
