"""The stand-ins that know people answer in the shapes of the real ones."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

import pytest

from tests.sandbox.sources.conftest import Sources

ADA, HOSTILE = "ada@example.com", "mallory@hostile.test"
GRAVATAR, GITHUB = "https://api.gravatar.com/v3/profiles/", "https://api.github.com"
VKS, HKP = (
    "https://keys.openpgp.org/vks/v1/by-email/",
    "https://keyserver.ubuntu.com/pks/lookup?op=index&options=mr&search=",
)
WIKIDATA = "https://www.wikidata.org/w/api.php?format=json&"
ORCID = "https://pub.orcid.org/v3.0/expanded-search/?q="
AGENT = {"User-Agent": "Gumshoe/test"}


def digest(mail: str) -> str:
    return hashlib.sha256(mail.encode()).hexdigest()


async def test_gravatar_shows_more_to_those_who_have_a_key(sources: Sources) -> None:
    bare = (await sources.get(GRAVATAR + digest(ADA))).json()
    full = (await sources.get(GRAVATAR + "ada-example", headers={"Authorization": "Bearer some-key"})).json()
    assert bare["hash"] == full["hash"] == digest(ADA)
    assert "contact_info" not in bare
    assert full["contact_info"]["work_phone"] == "+12025550122"
    assert {each["service_type"] for each in bare["verified_accounts"]} == {"github", "twitter"}


@pytest.mark.parametrize(("key", "status"), [("refused-1", 401), ("small-1", 403), ("", 404)])
async def test_gravatar_refuses_in_its_own_form(sources: Sources, key: str, status: int) -> None:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    refusal = await sources.get(GRAVATAR + digest("nobody@example.com"), headers=headers)
    assert (refusal.status_code, set(refusal.json())) == (status, {"error", "code"})


async def test_github_finds_commits_by_address_with_and_without_an_account(sources: Sources) -> None:
    found = (await sources.get(f"{GITHUB}/search/commits?q=author-email:{ADA}", headers=AGENT)).json()
    assert found["total_count"] == len(found["items"]) == 7
    assert {(each["author"] or {}).get("login") for each in found["items"]} == {"ada-example", None}
    assert {each["commit"]["author"]["email"] for each in found["items"]} == {ADA}
    nobody = (await sources.get(f"{GITHUB}/search/commits?q=author-email:nobody@example.com", headers=AGENT)).json()
    assert nobody == {"total_count": 0, "incomplete_results": False, "items": []}


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/search/commits?q=nonsense", AGENT, 422),
        ("/users/nobody-example", AGENT, 404),
        ("/users/ada-example", {**AGENT, "Authorization": "Bearer refused"}, 401),
        ("/users/ada-example", {**AGENT, "Authorization": "Bearer small"}, 403),
        ("/users/ada-example", {"User-Agent": ""}, 403),
    ],
)
async def test_github_refuses_in_its_own_form(
    sources: Sources, path: str, headers: dict[str, str], status: int
) -> None:
    refusal = await sources.get(GITHUB + path, headers=headers)
    assert (refusal.status_code, refusal.json()["status"]) == (status, str(status))
    assert refusal.json()["message"]


async def test_github_shows_keys_and_limits(sources: Sources) -> None:
    (ssh,) = (await sources.get(f"{GITHUB}/users/ada-example/keys", headers=AGENT)).json()
    (pgp,) = (await sources.get(f"{GITHUB}/users/ada-example/gpg_keys", headers=AGENT)).json()
    limits = (await sources.get(f"{GITHUB}/rate_limit", headers=AGENT)).json()
    assert ssh["key"].startswith("ssh-ed25519 AAAA")
    assert pgp["raw_key"].startswith("-----BEGIN PGP PUBLIC KEY BLOCK-----")
    assert all(each["verified"] for each in pgp["emails"])
    assert limits["resources"]["core"]["limit"] == 60


async def test_the_directory_that_checks_knows_ada_and_says_404_in_words(sources: Sources) -> None:
    known, unknown = await sources.get(VKS + quote(ADA)), await sources.get(VKS + "nobody%40example.com")
    assert (known.status_code, known.headers["content-type"]) == (200, "application/pgp-keys")
    assert (unknown.status_code, unknown.text) == (404, "No key found for email address nobody@example.com")
    assert (await sources.get(VKS + "nonsense")).status_code == 400


async def test_the_server_that_checks_nothing_lists_a_key_of_somebody_else_too(sources: Sources) -> None:
    lines = (await sources.get(HKP + ADA)).text.splitlines()
    assert lines[0] == "info:1:2"
    assert sum(line.startswith("pub:") for line in lines) == 2
    assert any(line.startswith("uid:Adalbert%20Sample%20%3Cada%40example.com%3E:") for line in lines)
    assert (await sources.get(HKP + "nobody@example.com")).status_code == 404
    assert (await sources.get(HKP + HOSTILE)).text.startswith("info:1:")


async def test_the_web_key_directory_gives_bytes_and_the_domain_an_account(sources: Sources) -> None:
    host = "https://openpgpkey.example.com/.well-known/openpgpkey/example.com/hu/"
    key = await sources.get(host + "huin1uygftjfco69ypidm11zuqef9jyy?l=ada")
    assert (key.status_code, key.content[0]) == (200, 0x98)
    assert (await sources.get(host + "nobody?l=nobody")).status_code == 404
    assert (await sources.resolve("openpgpkey.example.com", "A")).answer
    finger = "https://example.com/.well-known/webfinger?resource=acct:"
    assert (await sources.get(finger + ADA)).json()["subject"] == f"acct:{ADA}"
    assert (await sources.get(finger + "nobody@example.com")).status_code == 404


async def test_wikidata_and_orcid_know_ada_and_answer_nothing_in_their_own_forms(sources: Sources) -> None:
    hits = (await sources.get(WIKIDATA + "action=wbsearchentities&search=Ada+Example", headers=AGENT)).json()["search"]
    entries = (await sources.get(f"{WIKIDATA}action=wbgetentities&ids={hits[0]['id']}|Q1", headers=AGENT)).json()[
        "entities"
    ]
    none = (await sources.get(WIKIDATA + "action=wbsearchentities&search=Nobody", headers=AGENT)).json()
    wrong = await sources.get(WIKIDATA + "action=nonsense", headers=AGENT)
    assert [each["match"]["text"] for each in hits] == ["Ada Example", "Ada Example"]
    assert entries[hits[0]["id"]]["claims"]["P2037"][0]["mainsnak"]["datavalue"]["value"] == "ada-example"
    assert entries["Q1"] == {"id": "Q1", "missing": ""}
    assert none["search"] == []
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (200, "badvalue")

    asked = "given-and-family-names:ada AND given-and-family-names:example"
    people = await sources.get(ORCID + asked, headers={"Accept": "application/json"})
    empty = await sources.get(ORCID + asked.replace("ada", "bob"), headers={"Accept": "application/json"})
    assert people.json()["num-found"] == len(people.json()["expanded-result"]) == 2
    assert empty.json() == {"expanded-result": None, "num-found": 0}
    odd = await sources.get(f"{ORCID}family-names:example", headers={"Accept": "application/json"})
    assert odd.status_code == 500
