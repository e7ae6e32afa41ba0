"""What collectors say is kept in English and heard in the reader's language; what sources say is never touched."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from collectors.leaks.weight import KNOWN
from collectors.profiles.places import OTHERS
from core.language import speaking
from core.language.noted import NOTED, heard, named, nnoted, noted, term, unheard
from core.models import Fact
from core.recorded import ASKS_FIRST, NEEDS_KEY, NOT_POSTED, STOPPED
from docs import words

ROOT = Path(__file__).parent.parent.parent
# Packages and modules of collectors in which every sentence is noted: this list only grows.
MOVED: tuple[str, ...] = (
    *("collectors/dns.py", "collectors/zone", "collectors/posture"),
    *("collectors/doors", "collectors/run.py", "collectors/fetch.py", "collectors/declare.py", "collectors/shape.py"),
    *("collectors/names.py", "collectors/grants.py", "collectors/__init__.py"),
    *("collectors/whois.py", "collectors/registries", "collectors/crtsh.py", "collectors/issuances.py"),
    *("collectors/username.py", "collectors/sites/reading.py", "collectors/sites/sweep.py"),
    "collectors/sites/telling.py",  # rules and lists of sites speak in the terminal
    *("collectors/social.py", "collectors/profiles", "collectors/haveibeenpwned.py", "collectors/leaks"),
    *("collectors/metadata.py", "collectors/files", "collectors/shodan.py", "collectors/exposure"),
    *("collectors/virustotal.py", "collectors/reputation", "collectors/securitytrails.py", "collectors/trails"),
    *("collectors/identity.py", "collectors/claims"),
)
UNREAD = (  # calls whose words nobody reads
    *("log.", "re.", "TypeError", "ValueError", "RuntimeError", "BadSetting", "Strategy"),
    "answer.first",  # what sources call things
)
# Constants that hold what sources say, and what is looked for in it.
THEIRS = {
    *("port43.CREATED", "port43.UPDATED", "port43.EXPIRES", "servers.NOT_FOUND", "servers.VAGUE", "servers.THROTTLED"),
    *("servers.ABOUT", "privacy.SERVICES", "privacy.HELD_BACK"),
}
MARKS = {"noted", "nnoted", "N_", "NN_", "later", "tr"}
SENTENCE = re.compile(r"[A-Za-z]{2,}[,:;]? [a-z{]+ [a-z{]+|[A-Za-z]{3,} [a-z{][a-z{} ]*[.?!]$")
LISTS = {"_STANDARD", "_USUAL", "_COMMON"}  # constants that hold words one by one
# Looks like a sentence, and is a role, a protocol's or a source's word, or read by nobody but whoever runs us.
AS_IT_IS: set[str] = {
    *("DMARC failure reports", "name in the zone", "address in the zone"),  # roles
    "import sys; sys.path.insert(0, sys.argv[1]); from collectors.files.child import main; main(sys.argv[2])",
    "This machine names no DNS resolvers. Set DNS_SERVERS.",
    "SOURCES_URL must be an http or https address, like http://127.0.0.1:8081.",
    *("the whole answer: expected JSON, got something else", "the whole answer: nested too deep"),
    "source asks to slow down",
    OTHERS,
    *KNOWN,
    *("stolen logins of mailboxes", "stolen logins at the site"),
    *("Gravatar takes it: 1,000 questions an hour.", "GitHub takes it: {} questions an hour, {} left."),
    "Stack Exchange takes it: {} questions a day, {} left.",
    *("{} questions a minute", "an unknown number of questions a minute"),
    "It takes the key: {} allows {}{}; stealer logs are {}.",
    *("owner of files", "host in the message id", "mail server on the way", "stop on the way"),
    *("company of the licence", "C2PA claim generator", "microsoft office user", "owner of a folder"),
    *("communicates with it", "downloaded from it", "leads to it", "name on certificate", "name at the address"),
    *("author of commits", "fixed line or mobile"),
    "the question itself: not accepted",
}


def test_a_sentence_is_kept_in_english_and_heard_in_the_readers_language() -> None:
    said = noted("Registration of {name}.", name="example.com")
    with speaking("es"):
        assert noted("Registration of {name}.", name="example.com") == said == "Registration of example.com."
        assert heard(said) == "Registro de example.com."
    assert heard(said) == said


def test_what_counts_is_heard_in_its_number() -> None:
    said = [nnoted("Registered {n} day ago.", "Registered {n} days ago.", n) for n in (1, 2)]
    assert said == ["Registered 1 day ago.", "Registered 2 days ago."]
    with speaking("es"):
        assert [heard(each) for each in said] == ["Registrado hace 1 día.", "Registrado hace 2 días."]
        assert heard("Registered some days ago.") == "Registered some days ago."


def test_several_sentences_in_a_row_are_heard_one_by_one() -> None:
    with speaking("es"):
        assert heard("Registered 2 days ago. Expires in 9 days.") == "Registrado hace 2 días. Caduca en 9 días."
        assert heard("Registered today. It is what it is.") == "Registrado hoy. It is what it is."


def test_a_sentence_that_begins_with_a_place_leaves_its_neighbour_alone() -> None:
    text = (
        "2 mailboxes at example.com in it. Passwords, names and 3 more taken in March 2024: whoever has them can sign "
        "in wherever they still hold. Have I Been Pwned could not verify it."
    )
    assert unheard(text) == []
    with speaking("es"):
        assert heard(text) == (
            "Contiene 2 buzones de example.com. Robo de contraseñas, nombres y 3 más en marzo de 2024: quien lo tenga "
            "puede iniciar sesión donde aún sea válido. Have I Been Pwned no pudo verificarlo."
        )


def test_a_sentence_that_nobody_knows_is_not_taken_into_a_place_of_the_next() -> None:
    text = "Somebody is out of quills.\n13 of 14 services answered: 1 knows ada, 12 do not."
    assert unheard(text) == ["Somebody is out of quills."]
    with speaking("es"):
        assert heard(text) == "Somebody is out of quills.\nRespondieron 13 de 14 servicios: 1 conoce ada, 12 no."
        assert heard("GitHub: Ada E. Example names it (its text).") == "Lo nombra GitHub: Ada E. Example (su texto)."


def test_a_place_of_one_sentence_does_not_swallow_the_next() -> None:
    one = "Key {} cannot be read, so its signatures fail."
    why = "Whether {} hands the zone over is not known. The zone holds more than was read."
    asked = "2 of 9 DNS questions got no answer (A a.example, MX a.example and 3 more). {}"
    gone = "a.example does not exist (NXDOMAIN)."
    with speaking("es"):
        assert heard(f"{one.format('a')} {one.format('b')}") == " ".join(
            f"La clave {each} no se puede leer, así que sus firmas fallan." for each in "ab"
        )
        assert heard(f"{why.format('a.example')} {why.format('b.example')}") == " ".join(
            f"No se sabe si {each}.example entrega la zona. La zona contiene más de lo que se leyó." for each in "ab"
        )
        assert heard(f"The zone holds more than was read. {asked.format(gone)}\n{gone}") == (
            "La zona contiene más de lo que se leyó. 2 de 9 preguntas DNS quedaron sin respuesta (A a.example, "
            "MX a.example y 3 más). a.example no existe (NXDOMAIN).\na.example no existe (NXDOMAIN)."
        )


def test_a_word_that_is_ours_in_one_place_alone_stays_as_it_is_elsewhere() -> None:
    with speaking("es"):
        assert [term("taken", each) for each in ("Names", "names", "quills")] == ["nombres", "nombres", "quills"]
        assert heard("names") == "names"
        assert heard("No site on the list allows a name like names, so nobody was asked.").count("names") == 1
    assert term("taken", "IP addresses") == "IP addresses"


def test_what_stands_in_a_place_is_heard_too_and_names_stay() -> None:
    with speaking("es"):
        assert heard(NOT_POSTED.format(why=STOPPED)).endswith("Detenido. Se conserva lo encontrado hasta entonces.")
        assert heard("Registration of Nobody knows, which Stopped lies under.").count("Nobody knows") == 1
        assert "https://example.com/a?b=c" in heard(NEEDS_KEY.format(url="https://example.com/a?b=c", setting="A_KEY"))
        assert heard(ASKS_FIRST.format(about="A.", tells="B.")) != ASKS_FIRST.format(about="A.", tells="B.")


def test_of_several_ways_to_read_a_text_the_one_that_explains_most_is_heard() -> None:
    down = noted("{source} is out of order (it answered {status}).", source="crt.sh", status=503)
    wall = noted("{source} showed {wall}.", source="Cert Spotter,", wall="a captcha")
    with speaking("es"):
        assert heard(f"{down} {wall}") == "crt.sh no funciona (respondió 503). Cert Spotter, mostró un captcha."
        both = noted("{first}; its stand-in, {second}", first=down.removesuffix("."), second=wall)
        assert heard(both) == "crt.sh no funciona (respondió 503); su sustituto, Cert Spotter, mostró un captcha."
    assert unheard(f"Nobody of ours said this. {wall}") == ["Nobody of ours said this."]


@pytest.mark.parametrize(
    "said",
    [
        "We registered this domain yesterday.",
        "Registration",
        "{name} {0.__class__} %s",
        " \n\t",
        "¿Qué?",
        "Registered 1; DROP TABLE days ago.",
        "Registration of " + "x" * 5000,
    ],
)
def test_what_nobody_of_ours_said_stays_to_the_letter(said: str) -> None:
    with speaking("es"):
        assert heard(said) == said


def test_what_people_call_themselves_is_never_a_word_of_ours() -> None:
    with speaking("es"):
        assert heard("Both are called Registered today, which many are.") == (
            "Ambos se llaman Registered today, como otros muchos."
        )
        assert heard("Both bear the name Printer.") == "Ambos llevan el nombre Printer."


def test_a_value_is_heard_where_its_kind_is_spelled_in_words_of_ours() -> None:
    with speaking("es"):
        assert named(Fact.REPUTATION, "2 vendors flag it") == "2 proveedores lo marcan"
        assert named(Fact.SOFTWARE, "2 vendors flag it") == "2 vendors flag it"


def test_what_has_one_word_takes_no_sentence_for_it() -> None:
    with speaking("es"):
        assert heard("OpenPGP key AB12 gives ada@example.com.") == "La clave OpenPGP AB12 indica ada@example.com."
        assert heard("OpenPGP key of Ada Example") == "OpenPGP key of Ada Example"


def test_a_text_made_to_be_slow_to_read_is_read_all_the_same() -> None:
    hostile = "Registration of " + ", which ".join(["a"] * 300) + " lies under " * 100
    with speaking("es"):
        assert heard(hostile).startswith("Registration of a") or "a" in heard(hostile)
        assert heard(", ".join(["Registered today."] * 100))


def test_the_list_of_what_may_be_noted_is_what_the_code_says() -> None:
    assert NOTED.read_bytes() == words.noted(), "run: make words"


def test_every_noted_sentence_can_be_found_again() -> None:
    """Places that touch could not be told apart, a place is a name, and what counts is called `n`."""
    for one, *several in json.loads(NOTED.read_text(encoding="utf-8")):
        for said in (one, *several):
            parts = list(Formatter().parse(said))
            assert all(text or not index for index, (text, _, _, _) in enumerate(parts)), said
            names = [name for _, name, _, _ in parts if name is not None]
            assert all(re.fullmatch(r"[a-z]\w*", name) for name in names), said
        assert not several or "{n" in several[0], several


def test_a_noted_sentence_filled_with_names_is_known() -> None:
    for one, *several in json.loads(NOTED.read_text(encoding="utf-8")):
        for said in (one, *several):
            values = {name: 7 for _, name, _, _ in Formatter().parse(said) if name}
            assert unheard(said.format(**values)) == [], said


def unnoted(path: Path) -> Iterator[str]:
    """The sentences of a module that no mark surrounds."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    passed: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            passed.add(id(node.value))
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in MARKS or name == "Option" or name.startswith(UNREAD):  # declared as well
                passed.update(id(each) for argument in node.args for each in ast.walk(argument))
            if name in MARKS and not any(isinstance(each, ast.Constant) for each in node.args[:1]):
                passed.update(id(each) for each in ast.walk(node.args[0]))
        elif isinstance(node, ast.Assign) and f"{path.stem}.{ast.unparse(node.targets[0])}" in THEIRS:
            passed.update(map(id, ast.walk(node.value)))
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in LISTS:
            passed.update(id(each) for each in ast.walk(node.value))
        elif isinstance(node, ast.Compare):
            passed.update(map(id, (node.left, *node.comparators)))
        elif isinstance(node, ast.Dict):
            passed.update(id(key) for key in node.keys)
        elif isinstance(node, ast.keyword) and node.arg in ("title", "tells", "about"):
            passed.add(id(node.value))  # declared; `docs/words.py` collects them
        elif isinstance(node, ast.JoinedStr):
            passed.update(id(each) for each in node.values)
    for node in ast.walk(tree):
        if id(node) in passed:
            continue
        if isinstance(node, ast.JoinedStr):
            said = "".join(str(each.value) if isinstance(each, ast.Constant) else "{}" for each in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            said = node.value
        else:
            continue
        if said not in AS_IT_IS and SENTENCE.search(said):
            yield f"line {node.lineno}: {said}"


@pytest.mark.parametrize("place", MOVED)
def test_a_collector_that_moved_says_nothing_that_is_not_noted(place: str) -> None:
    files = sorted((ROOT / place).rglob("*.py")) if (ROOT / place).is_dir() else [ROOT / place]
    found = {path.relative_to(ROOT).as_posix(): each for path in files if (each := list(unnoted(path)))}
    assert found == {}


def test_the_law_finds_what_it_forbids(tmp_path: Path) -> None:
    path = tmp_path / "said.py"
    path.write_text(
        '"""No word of this one."""\nA = "This is not noted"\nB = f"{A} answers nobody."\n'
        'C = noted("This may stand here.")\n'
        'D = N_("And this may, too.")\nE = "v=spf1 -all"\nF = "mail server"\n'
    )
    assert list(unnoted(path)) == ["line 2: This is not noted", "line 3: {} answers nobody."]
