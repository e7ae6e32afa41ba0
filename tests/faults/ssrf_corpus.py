"""Ways to write an address of the inside, or of nothing at all, so that a guard may overlook it; one name for each.

PORT stands for the port on which something listens, on every address.
"""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """One nasty address: what it is called, and how it is written."""

    name: str
    url: str

    def at(self, port: int) -> str:
        return self.url.replace("PORT", str(port))


def hosts(**written: str) -> tuple[Entry, ...]:
    """Entries from hosts alone."""
    return tuple(Entry(name.replace("_", " "), f"http://{host}:PORT/") for name, host in written.items())


def urls(*written: tuple[str, str]) -> tuple[Entry, ...]:
    return tuple(Entry(*each) for each in written)


CORPUS: dict[str, tuple[Entry, ...]] = {
    "loopback in dotted form": hosts(
        plain="127.0.0.1", trailing_dot="127.0.0.1.", second="127.0.0.2", last="127.255.255.254",
        middle="127.127.127.127",
        network="127.0.0.0", broadcast="127.255.255.255", leading_zeros="127.000.000.001", unspecified="0.0.0.0",
        this_network="0.1.2.3", stub_resolver="127.0.0.53",
    ),
    "short and numeric forms": hosts(
        two_parts="127.1", three_parts="127.0.1", two_parts_with_a_dot="127.1.", decimal="2130706433",
        decimal_with_a_dot="2130706433.", decimal_of_ten="167772161", decimal_of_metadata="2852039166", zero="0",
        zero_with_a_dot="0.", two_zeros="0.0", last_part_of_24_bits="127.65536", last_part_of_16_bits="127.0.256",
        decimal_of_private="3232235777",
    ),
    "octal forms": hosts(
        all_parts="0177.0.0.01", first_part="0177.0.0.1", one_number="017700000001", many_zeros="0000000000177.0.0.1",
        short="0177.1", of_metadata="0251.0376.0251.0376", of_private="012.0.0.1", of_private_16="0300.0250.0.1",
        one_number_of_metadata="025177524776",
    ),
    "hexadecimal forms": hosts(
        all_parts="0x7f.0x0.0x0.0x1", first_part="0x7f.0.0.1", one_number="0x7f000001", capitals="0X7F000001",
        zeros="0x00000000000000007f.0.0.1", nothing_after_x="0x", of_metadata="0xa9fea9fe",
        dotted_of_metadata="0xa9.0xfe.0xa9.0xfe", of_private="0xa000001",
    ),
    "mixed forms": hosts(
        hex_and_octal="0x7f.0.0.01", octal_and_hex="0177.0x0.0x0.1", hex_and_decimal="0x7f.1",
        metadata="0xa9.254.0251.254",
        metadata_in_three="169.254.43518", metadata_in_two="169.16689662", private_in_three="192.168.257",
        private_in_two="10.1",
    ),
    "numbers that overflow": hosts(
        past_32_bits="4294967296", past_by_loopback="6425673729", part_past_8_bits="256.0.0.1", far_past="383.0.0.1",
        last_part_past="127.0.0.256", hex_past_32_bits="0x17f000001", octal_past="0400.0.0.1",
        five_parts="127.0.0.1.0",
        negative="-2130706433", bad_octal="0189.0.0.1", bad_hex="0x7g.0.0.1", past_64_bits="18446744073709551617",
    ),
    "IPv6 loopback and the like": hosts(
        loopback="[::1]", loopback_in_full="[0:0:0:0:0:0:0:1]", loopback_padded="[0000:0000::0001]",
        unspecified="[::]",
        link_local="[fe80::1]", site_local="[fec0::1]", unique_local="[fc00::1]", unique_local_fd="[fd12:3456::1]",
        multicast="[ff02::1]", discard="[100::1]", documentation="[2001:db8::1]", documentation_new="[3fff::1]",
        segment_routing="[5f00::1]", not_given_out="[4000::1]", benchmarks="[2001:2::1]", orchid="[2001:20::1]",
        capitals="[FE80::1]",
    ),
    "IPv4 within IPv6": hosts(
        mapped="[::ffff:127.0.0.1]", mapped_in_hex="[::ffff:7f00:1]", mapped_in_full="[0:0:0:0:0:ffff:7f00:0001]",
        mapped_private="[::ffff:10.0.0.1]", mapped_metadata="[::ffff:a9fe:a9fe]", mapped_capitals="[::FFFF:7F00:1]",
        compatible="[::127.0.0.1]", compatible_in_hex="[::7f00:1]", compatible_metadata="[::a9fe:a9fe]",
        translated_siit="[::ffff:0:127.0.0.1]", nat64="[64:ff9b::127.0.0.1]", nat64_in_hex="[64:ff9b::7f00:1]",
        nat64_metadata="[64:ff9b::a9fe:a9fe]", nat64_private="[64:ff9b::10.0.0.1]", nat64_local="[64:ff9b:1::7f00:1]",
        nat64_local_48="[64:ff9b:1:a00:0:100::]", nat64_of_an_operator="[2001:db8:64::10.0.0.1]",
        nat64_unique_local="[fd00:64::10.0.0.1]", sixtofour="[2002:7f00:1::]", sixtofour_private="[2002:a00:1::1]",
        sixtofour_metadata="[2002:a9fe:a9fe::]", teredo_server="[2001:0:7f00:1::1]",
        teredo_client="[2001:0:808:808::80ff:fffe]", teredo_client_private="[2001:0:808:808::f5ff:fffe]",
        isatap="[fe80::5efe:127.0.0.1]", isatap_global="[2620:fe::5efe:10.0.0.1]",
        isatap_unique="[2620:fe::200:5efe:a00:1]",
    ),
    "zone ids": hosts(
        encoded="[fe80::1%25lo]", bare="[fe80::1%lo]", interface="[fe80::1%25eth0]", loopback="[::1%25lo]",
        number="[fe80::1%251]",
        empty="[::1%25]",
    ) + urls(("on a public address", "http://[2620:fe::fe%25lo]:PORT/x")),
    "user names before the host": urls(
        ("a name", "http://example.com@127.0.0.1:PORT/"),
        ("a name and a password", "http://example.com:80@127.0.0.1:PORT/"),
        ("an encoded at", "http://example.com%40x@127.0.0.1:PORT/"), ("two", "http://a@example.com@127.0.0.1:PORT/"),
        ("many", "http://a@b@c@d@e@f@127.0.0.1:PORT/"), ("empty", "http://@127.0.0.1:PORT/"),
        ("empty with a password", "http://:@127.0.0.1:PORT/"),
        ("a slash within", "http://example.com%2F@127.0.0.1:PORT/"),
        ("backslash after", "http://127.0.0.1:PORT\\@example.com/"),
        ("two backslashes", "http://127.0.0.1:PORT\\\\@example.com/"),
        ("hash after", "http://127.0.0.1:PORT#@example.com/"),
        ("question after", "http://127.0.0.1:PORT?@example.com/"),
        ("hash and at", "http://127.0.0.1:PORT/#@example.com"), ("semicolon", "http://example.com;@127.0.0.1:PORT/"),
        ("IPv6", "http://example.com@[::1]:PORT/"), ("a bracket", "http://[example.com]@127.0.0.1:PORT/"),
    ),
    "dots and digits of other scripts": hosts(
        ideographic_dot="127\u30020\u30020\u30021", full_width_dot="127\uff0e0\uff0e0\uff0e1",
        half_width_dot="127\uff610\uff610\uff611", one_ideographic_dot="127.0\u30020.1",
        full_width_digits="１２７.0.0.1",
        full_width_all="１２７．０．０．１", circled="①②⑦.⓪.⓪.①", circled_with_dots="①②⑦。⓪。⓪。①",
        bold="𝟏𝟐𝟕.𝟎.𝟎.𝟏", double_struck="𝟙𝟚𝟟.𝟘.𝟘.𝟙", superscript="¹²⁷.0.0.1", subscript="₁₂₇.0.0.1",
        full_width_hex="０ｘ７ｆ.1", arabic="١٢٧.٠.٠.١", parenthesised="⑴⑵⑺.0.0.1",
        digit_with_a_full_stop="⒈⒉⒎0.0.1", full_width_localhost="ｌｏｃａｌｈｏｓｔ",
        circled_localhost="ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
        script_localhost="𝓁ℴ𝒸𝒶𝓁𝒽ℴ𝓈𝓉", long_s_localhost="localho\u017ft",
        metadata_circled="①⑥⑨.②⑤④.①⑥⑨.②⑤④",
    ),
    "encoded hosts": hosts(
        digits="%31%32%37.0.0.1", dots="127%2e0%2e0%2e1", all="%31%32%37%2E%30%2E%30%2E%31",
        twice="%2531%2532%2537.0.0.1",
        dot_twice="127%252e0.0.1", localhost="%6cocalhost", localhost_all="%6C%6F%63%61%6C%68%6F%73%74",
        full_width="%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1", ideographic_dot="127%E3%80%820%E3%80%820%E3%80%821",
        nul="127.0.0.1%00", nul_and_name="127.0.0.1%00.example.com", slash="127.0.0.1%2F.example.com",
        hash="127.0.0.1%23.example.com",
        at="example.com%40127.0.0.1", newline="127.0.0.1%0a", tab="127.0.0.1%09", blank="127.0.0.1%20",
        bracket="%5B::1%5D",
        broken="127.0.0.1%", hex_number="%30x7f000001",
    ),
    "blanks and controls inside": urls(
        ("tab in the host", "http://127.0\t.0.1:PORT/"), ("newline in the host", "http://127.0.\n0.1:PORT/"),
        ("return in the host", "http://127.0.0\r.1:PORT/"), ("newline in the scheme", "ht\ntp://127.0.0.1:PORT/"),
        ("newline after the slashes", "http://\n127.0.0.1:PORT/"),
        ("tab between the slashes", "http:/\t/127.0.0.1:PORT/"),
        ("blank before", " http://127.0.0.1:PORT/"), ("control before", "\x01http://127.0.0.1:PORT/"),
        ("NUL before", "\x00http://127.0.0.1:PORT/"), ("NUL in the host", "http://127.0.0.1\x00:PORT/"),
        ("NUL and a name", "http://127.0.0.1\x00.example.com:PORT/"),
        ("blank in the host", "http://127.0.0.1 :PORT/"),
        ("blank and a name", "http://127.0.0.1 example.com:PORT/"),
        ("no-break space", "http://127.0.0.1\u00a0:PORT/"),
        ("line separator", "http://127.0.0.1\u2028:PORT/"),
        ("request smuggled", "http://127.0.0.1:PORT\r\nHost: example.com/"),
        ("soft hyphen in digits", "http://127\u00ad.0.0.1:PORT/"),
        ("soft hyphen in localhost", "http://local\u00adhost:PORT/"),
        ("zero-width space", "http://local\u200bhost:PORT/"), ("zero-width joiner", "http://127.0.0.1\u200d:PORT/"),
        ("word joiner", "http://loc\u2060alhost:PORT/"), ("right-to-left", "http://\u202e127.0.0.1:PORT/"),
        ("variation selector", "http://127\ufe0f.0.0.1:PORT/"), ("vertical tab", "http://127.0.0.1\x0b:PORT/"),
    ),
    "odd labels": hosts(
        two_dots="127..0.0.1", only_a_dot=".", dot_before=".127.0.0.1", two_dots_after="127.0.0.1..", empty="",
        hyphen_before="-127.0.0.1", number_at_the_end="example.127", hex_at_the_end="example.0x7f",
        name_and_address="a.127.0.0.1",
        label_of_digits="foo.0", ace_of_digits="xn--127-.0.0.1", ace_of_localhost="xn--localhost-", ace_empty="xn--",
        ace_broken="xn--a", ace_of_ascii="xn--127.0.0.1-", pipe="127.0.0.1|example.com",
        comma="127.0.0.1,example.com",
        brackets_of_ipv4="[127.0.0.1]", bracket_open="[::1", three_colons="[:::1]", ipv6_bare="::1",
        ipv6_and_more="[::1]x",
        future="[v1.127.0.0.1]",
    ),
    "names of this machine": hosts(
        plain="localhost", dot="localhost.", capitals="LOCALHOST", mixed="LocalHost", below="x.localhost",
        below_dot="a.b.localhost.",
        six="localhost6", ip6="ip6-localhost", ip6_loopback="ip6-loopback", localdomain="localhost.localdomain",
        localdomain6="localhost6.localdomain6", localdomain4="localhost4.localdomain4", one_word="intranet",
        broadcasthost="broadcasthost",
        ip6_allnodes="ip6-allnodes",
    ),
    "names of a network": hosts(
        mdns="printer.local", internal="db.internal", capitals="DB.INTERNAL", dot="db.internal.",
        home_arpa="router.home.arpa",
        lan="nas.lan", corp="wiki.corp", home="tv.home", intranet="hr.intranet", private="a.private",
        cluster="api.default.svc.cluster.local",
        docker="host.docker.internal", compute="ip-10-0-0-1.ec2.internal", consul="redis.service.consul",
        onion="abcdefghij.onion",
        invalid="x.invalid", kubernetes="kubernetes", resolver="dns",
    ),
    "metadata services": urls(
        *((host, f"http://{host}:PORT/latest/meta-data/") for host in (
            "169.254.169.254", "169.254.169.254.", "169.254.170.2", "169.254.170.23", "169.254.169.253",
            "169.254.169.123",
            "[fd00:ec2::254]", "[fd00:ec2::23]", "[fd00:0ec2:0:0:0:0:0:0254]", "[fd20:ce::254]", "168.63.129.16",
            "0xa83f8110",
            "100.100.100.200", "1684301000", "192.0.0.192", "metadata", "metadata.google.internal",
            "METADATA.GOOGLE.INTERNAL.",
            "x.metadata.google.internal", "metadata.tencentyun.com", "metadata.goog", "instance-data",
            "instance-data.ec2.internal",
            "rancher-metadata", "[::ffff:169.254.169.254]", "[2002:a9fe:a9fe::1]")),
        ("on port 80", "http://169.254.169.254/latest/api/token"),
    ),
    "networks that are not public": hosts(
        ten="10.0.0.1", ten_last="10.255.255.254", twelve="172.16.0.1", twelve_last="172.31.255.254",
        sixteen="192.168.0.1",
        link_local="169.254.1.1", carrier="100.64.0.1", carrier_last="100.127.255.254", benchmarks="198.18.0.1",
        benchmarks_last="198.19.255.254", protocol="192.0.0.1", dslite="192.0.0.2", documentation="192.0.2.1",
        documentation_2="198.51.100.1", multicast="224.0.0.1", multicast_last="239.255.255.250", reserved="240.0.0.1",
        reserved_last="255.255.255.254", broadcast="255.255.255.255", as112="192.175.48.1", amt="192.52.193.1",
    ),
    "ports of others": urls(
        *((f"port {port}", f"http://shop.test:{port}/") for port in (
            "22", "25", "53", "110", "143", "389", "445", "465", "587", "993", "1", "1023", "2049", "2375", "2376",
            "2379", "3306",
            "5432", "5984", "6379", "6667", "8500", "9200", "10250", "11211", "27017", "65536", "99999", "0", "00",
            "-1", "+80",
            "8e1", "0x50", "80 ", "８０x", "１８０", "80@25", "80:25", "443.", "4294967376")),
    ),
    "other schemes": urls(
        *((scheme, f"{scheme}://127.0.0.1:PORT/") for scheme in (
            "ftp", "gopher", "dict", "ldap", "ldaps", "tftp", "sftp", "ssh", "telnet", "smb", "ws", "wss", "redis",
            "http+unix",
            "unix", "netdoc", "rmi", "news", "imap", "httpx", "hxtp", "//http")),
        ("file", "file:///etc/passwd"), ("file with a host", "file://127.0.0.1/etc/passwd"),
        ("jar", "jar:http://127.0.0.1:PORT/x!/"),
        ("data", "data:text/html,<p>x"), ("javascript", "javascript:alert(1)"),
        ("view-source", "view-source:http://127.0.0.1:PORT/"),
        ("blob", "blob:http://127.0.0.1:PORT/x"), ("about", "about:blank"),
        ("unix socket", "unix:///var/run/docker.sock"),
        ("encoded unix socket", "http+unix://%2Fvar%2Frun%2Fdocker.sock/info"),
        ("filesystem", "filesystem:http://127.0.0.1/"),
        ("url", "url:http://127.0.0.1:PORT/"), ("feed", "feed:http://127.0.0.1:PORT/"), ("php", "php://filter/x"),
    ),
    "tricks with the scheme": urls(
        ("one slash", "http:/127.0.0.1:PORT/"), ("no slash", "http:127.0.0.1:PORT/"),
        ("three slashes", "http:///127.0.0.1:PORT/"),
        ("many slashes", "http://////127.0.0.1:PORT/"), ("backslashes", "http:\\\\127.0.0.1:PORT/"),
        ("mixed slashes", "http:/\\127.0.0.1:PORT/"), ("relative", "//127.0.0.1:PORT/"),
        ("relative backslashes", "\\\\127.0.0.1:PORT/"),
        ("relative mixed", "/\\127.0.0.1:PORT/"), ("nothing", ""), ("scheme alone", "http://"),
        ("scheme and slash", "http:///"),
        ("capitals", "HTTP://127.0.0.1:PORT/"), ("mixed capitals", "hTtP://127.0.0.1:PORT/"),
        ("full-width", "ｈｔｔｐ://127.0.0.1:PORT/"),
        ("full-width colon", "http：//127.0.0.1:PORT/"), ("full-width slashes", "http:／／127.0.0.1:PORT/"),
        ("https", "https://127.0.0.1:PORT/"), ("twice", "http://http://127.0.0.1:PORT/"),
    ),
}  # fmt: skip

HARMLESS: tuple[Entry, ...] = urls(
    ("plain", "http://shop.test:PORT/"), ("capitals", "http://SHOP.TEST:PORT/"),
    ("scheme in capitals", "HTTP://shop.test:PORT/"),
    ("trailing dot", "http://shop.test.:PORT/"), ("one slash", "http:/shop.test:PORT/"),
    ("backslashes", "http:\\\\shop.test:PORT\\"),
    ("a user name that looks inside", "http://127.0.0.1@shop.test:PORT/"),
    ("a password", "http://ada:x@shop.test:PORT/"),
    ("inside in the path", "http://shop.test:PORT/http://127.0.0.1/"),
    ("inside in the query", "http://shop.test:PORT/?u=http://127.0.0.1/"),
    ("inside in the fragment", "http://shop.test:PORT/#@127.0.0.1"), ("ideographic dot", "http://shop。test:PORT/"),
    ("full-width", "http://ｓｈｏｐ.test:PORT/"), ("encoded", "http://%73hop.test:PORT/"),
    ("tab inside", "http://sh\top.test:PORT/"),
    ("soft hyphen", "http://sh\u00adop.test:PORT/"), ("blanks around", "  http://shop.test:PORT/  "),
    ("literal", "http://203.0.113.7:PORT/"),
    ("literal in decimal", "http://3405803783:PORT/"), ("literal in hex", "http://0xcb007107:PORT/"),
    ("literal in octal", "http://0313.0.0161.07:PORT/"),
    ("mapped literal", "http://[::ffff:203.0.113.7]:PORT/"), ("IPv6 literal", "http://[2001:db8:cafe::7]:PORT/"),
    ("a label that looks inside", "http://127.0.0.1.shop.test:PORT/"),
    ("localhost as a label", "http://localhost.shop.test:PORT/"),
    ("international", "http://bücher.test:PORT/"), ("emoji", "http://\u2764\ufe0f.test:PORT/"), ("its A-label", "http://xn--bcher-kva.test:PORT/"),
    ("port with a zero", "http://shop.test:0PORT/"),
    ("6to4 of a public address", "http://[2002:cb00:7107::1]:PORT/"),
    ("NAT64 of a public address", "http://[64:ff9b::203.0.113.7]:PORT/"),
)  # fmt: skip

PUBLIC = ("203.0.113.0/24", "2001:db8:cafe::/48")
"""What plays the public internet: the only networks that the operator's settings open."""

ALL = tuple(entry for entries in CORPUS.values() for entry in entries)
