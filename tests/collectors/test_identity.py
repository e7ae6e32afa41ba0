"""Who is behind an e-mail address: what each answer becomes, how often a source is asked, what holds together."""

from __future__ import annotations

import base64
import hashlib

import pytest

from collectors import known
from collectors.identity import identity
from core.models import Confidence, Fact, Kind, Outcome, Target
from tests.collectors.canned import Canned, World
from tests.collectors.identity_samples import (
    BY_MAIL,
    COMMITS,
    EMAIL,
    GITHUB,
    GPG,
    HKP,
    KEY,
    MAIL,
    SSH,
    VKS,
    commit,
    commits,
    identities,
    index,
    nobody,
    only,
    profile,
    uploaded,
    user,
)
from tests.collectors.openpgp_samples import ADA_FINGERPRINT, ADALBERT_FINGERPRINT

NOTHING = base64.b64encode(hashlib.sha256(bytes(3)).digest()).decode().rstrip("=")  # of a key of three zeros
ADA_KEY, ADALBERT_KEY = f"OpenPGP {ADA_FINGERPRINT}", f"OpenPGP {ADALBERT_FINGERPRINT}"


@pytest.mark.contract("success")
async def test_what_sources_checked_is_one_identity_and_each_claim_keeps_its_own_source(world: World) -> None:
    nobody(world)
    world.http.on(*BY_MAIL, Canned(json=profile()))
    world.http.on(*VKS, KEY)
    world.http.on(*COMMITS, commits(commit(), commit()))
    world.http.on(GITHUB, "/users/ada-example", Canned(json=user()))
    world.http.on(*GPG, Canned(json=[uploaded()]))
    look, findings = await world.collect(identity, EMAIL)
    assert (look.outcome, look.reason, look.message) == (Outcome.FOUND, "", "")
    assert identities(findings) == [("same", ["GitHub: ada-example", "Gravatar: ada-example", ADA_KEY, MAIL])]
    told = only(findings, Fact.IDENTITY)
    assert told.value == f"Ada Example ({MAIL})"
    assert told.attributes["score"] >= 0.95
    strongest = only(findings, Fact.ACCOUNT, told.attributes["claims"][-1]["value"])
    assert told.provenance.sha256 in {each.provenance.sha256 for each in findings if each.kind is Fact.ACCOUNT}
    assert told.provenance.sha256 not in {each["sha256"] for each in told.attributes["evidence"]}
    digests = {each["sha256"] for each in told.attributes["evidence"]} | {told.provenance.sha256}
    assert {each["sha256"] for each in told.attributes["claims"] if each["value"] != MAIL} <= digests
    assert strongest.provenance.source in ("Gravatar", "GitHub")
    github = only(findings, Fact.ACCOUNT, "GitHub: ada-example")
    assert (github.provenance.source, github.confidence) == ("GitHub", Confidence.HIGH)
    assert github.attributes["commits"] == 2
    assert {each["source"] for each in github.attributes["also"]} == {"Gravatar", "GitHub"}
    assert github.first_seen is not None
    assert world.http.count() == 7  # one question to each directory; GitHub: search, account, two sorts of keys
    assert world.http.count(GITHUB) == 4


async def test_an_address_is_only_sent_to_gravatar_as_a_sha_256(world: World) -> None:
    nobody(world)
    await world.collect(identity, Target(Kind.EMAIL, MAIL))
    (asked,) = [each for each in world.http.asked if each.host == BY_MAIL[0]]
    assert asked.raw_path == BY_MAIL[1]
    assert len(asked.path.rpartition("/")[2]) == 64


async def test_the_address_itself_is_told_without_asking_anybody(world: World) -> None:
    nobody(world)
    look, findings = await world.collect(identity, EMAIL)
    mailbox, mail = only(findings, Kind.EMAIL), only(findings, Fact.POSTURE)
    assert (look.outcome, identities(findings)) == (Outcome.FOUND, [])
    assert (mailbox.provenance.source, mailbox.provenance.status) == ("Address rules", "ok")
    assert mailbox.attributes == {
        "role": "target", "local": "ada", "domain": "example.com", "canonical": MAIL, "free_provider": False,
        "disposable": False, "why": "It is well-formed, at the domain example.com.",
    }  # fmt: skip
    assert only(findings, Kind.DOMAIN).value == "example.com"
    assert mail.attributes["receives"] == "mx"
    assert (mail.attributes["spf"], mail.attributes["dmarc"]) == ("other servers' mail is refused (-all)", "reject")
    assert [each["url"] for each in mail.attributes["also"]] == [
        "dns:example.com?type=TXT",
        "dns:_dmarc.example.com?type=TXT",
    ]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("Ada.Lovely+News@gmail.com", {"tag": "News", "canonical": "adalovely@gmail.com", "free_provider": True}),
        ("a.d.a@googlemail.com", {"canonical": "ada@gmail.com", "free_provider": True}),
        ("security@example.com", {"function": "security (RFC 2142)"}),
        ("noreply@example.com", {"function": "noreply"}),
        ("ada@mailinator.com", {"disposable": True, "severity": "medium"}),
        ("ada@deep.below.mailinator.com", {"disposable": True}),
        ("ada@xn--bcher-kva.example", {"domain_unicode": "bücher.example"}),
    ],
)
async def test_what_an_address_is_for(world: World, address: str, expected: dict[str, object]) -> None:
    _, findings = await world.collect(identity, Target(Kind.EMAIL, address))
    found = findings[0]
    assert {name: found.attributes.get(name) for name in expected} == expected
    is_owned = not found.attributes["free_provider"] and not found.attributes["disposable"]
    assert any(each.kind is Kind.DOMAIN for each in findings) is is_owned


@pytest.mark.parametrize(
    ("records", "way", "severity"),
    [
        ({"MX": "10 mx1.example.net."}, "mx", "info"),
        ({"MX": "0 ."}, "null", "medium"),
        ({"MX": "10 mail\\032server.example.net."}, "mx", "low"),
        ({"A": "192.0.2.10"}, "implicit", "low"),
        ({"TXT": '"nothing of mail"'}, "none", "medium"),
        ({}, "no_domain", "medium"),
    ],
)
async def test_whether_the_address_can_be_written_to(
    world: World, records: dict[str, str], way: str, severity: str
) -> None:
    for rdtype, text in records.items():
        world.dns.add("example.net", rdtype, text)
    _, findings = await world.collect(identity, Target(Kind.EMAIL, "ada@example.net"))
    mail = only(findings, Fact.POSTURE)
    assert (mail.attributes["receives"], mail.attributes["severity"]) == (way, severity)


async def test_mail_servers_that_cannot_be_asked_for_are_a_gap_and_not_missing(world: World) -> None:
    nobody(world)
    world.dns.rcode("example.com", "SERVFAIL", rdtype="MX")
    look, findings = await world.collect(identity, EMAIL)
    assert look.outcome is Outcome.PARTIAL
    assert "MX example.com" in look.message
    assert not [each for each in findings if each.kind is Fact.POSTURE]


async def test_a_key_that_anybody_may_have_uploaded_is_low_and_only_a_possibility(world: World) -> None:
    nobody(world)
    world.http.on(*HKP, index("Ada%20Example%20%3Cada%40example.com%3E", fingerprint=ADA_FINGERPRINT))
    _, findings = await world.collect(identity, EMAIL)
    key = only(findings, Fact.KEY)
    assert (key.confidence, key.attributes["verified"]) == (Confidence.LOW, False)
    assert "nothing was checked" in key.context
    assert key.attributes["created"] == "2023-06-01T12:00:00+00:00"
    assert identities(findings) == [("maybe", [ADA_KEY])]


async def test_another_name_under_the_address_is_a_conflict_of_its_own(world: World) -> None:
    nobody(world)
    world.http.on(*BY_MAIL, Canned(json=profile()))
    world.http.on(*HKP, index("Adalbert%20Sample%20%3CADA%40example.com%3E", "Other%20%3Cx%40example.org%3E"))
    _, findings = await world.collect(identity, EMAIL)
    groups = identities(findings)
    assert groups[0] == ("same", ["GitHub: ada-example", "Gravatar: ada-example", MAIL])
    assert groups[1] == ("conflicting", [ADALBERT_KEY])
    against = [each for each in findings if each.kind is Fact.IDENTITY][1]
    assert against.attributes["points"][0]["points"] == -3.0
    assert against.attributes["points"][0]["between"] == ["Gravatar: ada-example", ADALBERT_KEY]


async def test_a_key_that_only_resembles_the_search_is_left_out(world: World) -> None:
    nobody(world)
    world.http.on(*HKP, index("Ada%20%3Cada%40example.com.example.org%3E"))
    _, findings = await world.collect(identity, EMAIL)
    assert not [each for each in findings if each.kind is Fact.KEY]


async def test_commits_without_an_account_are_names_that_anybody_may_have_written(world: World) -> None:
    nobody(world)
    world.http.on(*COMMITS, commits(commit(None), commit(None, name="Adalbert Sample"), commit(None)))
    _, findings = await world.collect(identity, EMAIL)
    people = [each for each in findings if each.kind is Fact.PERSON]
    assert {each.value: each.confidence for each in people} == {
        "Ada Example": Confidence.LOW,
        "Adalbert Sample": Confidence.LOW,
    }
    assert {group for group, _ in identities(findings)} == {"maybe"}


async def test_hits_of_other_addresses_are_not_taken_for_this_one(world: World) -> None:
    nobody(world)
    world.http.on(*COMMITS, commits(commit(mail="bada@example.com"), commit("else", mail="ada@example.com.test")))
    _, findings = await world.collect(identity, EMAIL)
    assert not [each for each in findings if each.kind in (Fact.ACCOUNT, Fact.PERSON)]


async def test_a_search_that_wants_a_login_is_a_gap_that_names_the_setting(world: World) -> None:
    nobody(world)
    world.http.on(*COMMITS, Canned(status=401, json={"message": "Requires authentication"}))
    look, _ = await world.collect(identity, EMAIL)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "no_key")
    assert "GITHUB_TOKEN" in look.message


async def test_an_address_that_github_cannot_search_for_is_a_gap(world: World) -> None:
    nobody(world)
    world.http.on(*COMMITS, Canned(status=422, json={"message": "Validation Failed"}))
    look, _ = await world.collect(identity, EMAIL)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "not_a_target")


async def test_a_search_that_github_broke_off_is_partial(world: World) -> None:
    nobody(world)
    world.http.on(*COMMITS, commits(commit(), incomplete_results=True))
    world.http.on(GITHUB, "/users/ada-example", Canned(json=user()))
    look, _ = await world.collect(identity, EMAIL)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "truncated")


async def test_a_spent_budget_of_github_is_never_nothing(world: World) -> None:
    nobody(world)
    spent = Canned(status=403, json={"message": "API rate limit exceeded"}, headers={"x-ratelimit-remaining": "0"})
    world.http.on(*COMMITS, spent)
    look, _ = await world.collect(identity, EMAIL)
    assert look.outcome is Outcome.PARTIAL
    assert look.reason in ("rate_limited", "forbidden")


async def test_no_more_than_two_accounts_are_looked_at_and_the_others_are_said(world: World) -> None:
    nobody(world)
    world.http.on(*COMMITS, commits(*(commit(f"ada-{n}") for n in range(5))))
    for n in range(2):
        world.http.on(GITHUB, f"/users/ada-{n}", Canned(json=user(login=f"ada-{n}")))
        world.http.on(GITHUB, f"/users/ada-{n}/keys", Canned(json=[]))
        world.http.on(GITHUB, f"/users/ada-{n}/gpg_keys", Canned(json=[]))
    look, findings = await world.collect(identity, EMAIL)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "truncated")
    assert len([each for each in findings if each.kind is Fact.ACCOUNT]) == 5
    assert world.http.count(GITHUB) == 7


async def test_keys_to_log_in_with_are_told_and_their_owner_is_not_judged_by_them(world: World) -> None:
    nobody(world)
    world.http.on(*COMMITS, commits(commit()))
    world.http.on(GITHUB, "/users/ada-example", Canned(json=user()))
    world.http.on(*SSH, Canned(json=[{"id": 1, "key": "ssh-ed25519 AAAA"}, {"id": 2, "key": "ssh-rsa %%%"}, {"id": 3}]))
    _, findings = await world.collect(identity, EMAIL)
    key = only(findings, Fact.KEY)
    assert key.value == f"SSH SHA256:{NOTHING}"
    assert key.attributes["algorithm"] == "ssh-ed25519"
    assert all(key.value not in claims for _, claims in identities(findings))


async def test_an_address_in_a_key_that_github_did_not_check_is_not_the_accounts(world: World) -> None:
    nobody(world)
    world.http.on(*COMMITS, commits(commit("other")))
    world.http.on(GITHUB, "/users/other", Canned(json=user(login="other", blog="https://example.com/")))
    world.http.on(GITHUB, "/users/other/keys", Canned(json=[]))
    world.http.on(GITHUB, "/users/other/gpg_keys", Canned(json=[uploaded(verified=False)]))
    _, findings = await world.collect(identity, EMAIL)
    key = only(findings, Fact.KEY)
    assert key.attributes["verified"] is False
    (_, against) = [each for each in findings if each.kind is Fact.IDENTITY] or (None, None)
    assert against is not None
    assert (against.attributes["group"], against.attributes["claims"][0]["value"]) == ("maybe", ADA_KEY)
    assert [each.value for each in findings if each.kind is Kind.DOMAIN] == ["example.com"]  # told once


async def test_accounts_that_somebody_hides_stay_hidden(world: World) -> None:
    nobody(world)
    hidden = {"service_label": "GitHub", "url": "https://github.com/ada-example", "is_hidden": True}
    world.http.on(*BY_MAIL, Canned(json=profile(verified_accounts=[hidden])))
    _, findings = await world.collect(identity, EMAIL)
    assert [each.value for each in findings if each.kind is Fact.ACCOUNT] == ["Gravatar: ada-example"]


async def test_a_policy_that_could_not_be_asked_for_is_not_missing(world: World) -> None:
    nobody(world)
    world.dns.add("example.net", "MX", "10 mx1.example.net.")
    world.dns.rcode("_dmarc.net", "SERVFAIL")
    look, findings = await world.collect(identity, Target(Kind.EMAIL, "ada@example.net"))
    assert only(findings, Fact.POSTURE).attributes["dmarc"] == "not answered"
    assert look.outcome is Outcome.PARTIAL


async def test_an_answer_about_another_address_or_account_is_not_believed(world: World) -> None:
    nobody(world)
    world.http.on(*BY_MAIL, Canned(json=profile(hash="f" * 64)))
    world.http.on(*COMMITS, commits(commit()))
    world.http.on(GITHUB, "/users/ada-example", Canned(json=user(login="somebody-else")))
    look, findings = await world.collect(identity, EMAIL)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "changed")
    assert not [each for each in findings if "somebody-else" in each.value or "Gravatar" in each.value]


def test_it_is_known_and_touches_nothing_unless_asked_to() -> None:
    assert known()["identity"] is identity
    assert identity.passive
    assert {each.name: each.touches for each in identity.options} == {"own_domain": True, "permutations": False}
