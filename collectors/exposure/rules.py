"""Which open services are worth a warning, why, and what makes a warning weaker: a table, and how it is read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from collectors.exposure.host import Host, Service
from core.language import N_
from core.language.noted import nnoted, noted
from core.models import Severity

H, M, L = Severity.HIGH, Severity.MEDIUM, Severity.LOW
STEPS = (Severity.HIGH, Severity.MEDIUM, Severity.LOW, Severity.INFO)
OLD_DAYS = 60


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of service that should not be open to everybody, with the reason in a sentence."""

    name: str
    severity: Severity
    ports: frozenset[int]  # where it usually is
    signs: re.Pattern[str]  # in the product or in what Shodan spoke to it with
    reason: str
    web: bool = False  # it speaks HTTP, so that its title may give it away, and "http" on its port is no other service
    guarded: re.Pattern[str] | None = None  # in the banner: it asks for a password


@dataclass(frozen=True, slots=True)
class Exposed:
    """A rule that fits a service, and how sure that is."""

    rule: Rule
    sure: bool  # the service itself says so; otherwise only the port's number does


def _rule(
    name: str, severity: Severity, ports: str, signs: str, reason: str, *, web: bool = False, guarded: str = ""
) -> Rule:
    asks = re.compile(guarded, re.IGNORECASE) if guarded else None
    numbers = frozenset(map(int, ports.split()))
    return Rule(name, severity, numbers, re.compile(signs, re.IGNORECASE), reason, web=web, guarded=asks)


STORE = N_("Data stores belong behind a firewall: whoever reaches one may try passwords, and many ask for none.")
CONTROLS = N_("Industrial controllers ask for no password: whoever reaches one may read and often change what it does.")
CLUSTER = N_("Whoever gets in here starts programs on the whole cluster.")
SCREEN = N_("Remote desktops are where ransomware comes in: passwords are tried here day and night.")

RULES = (
    # Data stores
    _rule("Redis", H, "6379", r"\bredis\b",
          N_("Without a password anybody reads, changes and deletes everything in it, and can often run programs."),
          guarded=r"NOAUTH|authentication required"),
    _rule("MongoDB", H, "27017 27018 27019", r"\bmongo", STORE, guarded=r"requires authentication|unauthorized"),
    _rule("Elasticsearch", H, "9200 9300", r"\belastic|opensearch", STORE, web=True, guarded="security_exception|401"),
    _rule("Memcached", H, "11211", r"\bmemcache",
          N_("It has no passwords: everything in it can be read, and over UDP it multiplies attacks on others.")),
    _rule("Cassandra", H, "9042 7000", r"\bcassandra\b", STORE),
    _rule("CouchDB", M, "5984 6984", r"\bcouchdb\b", STORE, web=True),
    _rule("MySQL", M, "3306 33060", r"\bmysql|mariadb", STORE),
    _rule("PostgreSQL", M, "5432", r"\bpostgres", STORE),
    _rule("Microsoft SQL Server", M, "1433 1434", r"\bms-?sql|sql server", STORE),
    _rule("Oracle Database", M, "1521", r"\boracle (tns|database)|oracle-tns", STORE),
    _rule("InfluxDB", M, "8086", r"\binfluxdb", STORE, web=True),
    _rule("Neo4j", M, "7474 7687", r"\bneo4j", STORE, web=True),
    _rule("ZooKeeper", M, "2181", r"\bzookeeper",
          N_("It gives its configuration, with passwords of others, to anybody.")),
    _rule("Kafka", M, "9092", r"\bkafka", N_("Without further settings anybody reads and writes all messages.")),
    _rule("RabbitMQ", M, "15672 5672", r"\brabbitmq|\bamqp\b", STORE, web=True),
    # Remote desktops and shells
    _rule(N_("Remote Desktop (RDP)"), H, "3389", r"\brdp\b|remote desktop|ms-wbt", SCREEN),
    _rule("VNC", H, "5900 5901 5902 5903", r"\bvnc\b|\brfb\b", SCREEN),
    _rule("X11", H, "6000 6001", r"\bx11\b|x-windows",
          N_("Screen and keyboard of the machine, often without a password.")),
    _rule("Telnet", H, "23 2323", r"\btelnet", N_("Everything is sent in the clear, passwords too.")),
    _rule(N_("rlogin or rsh"), H, "512 513 514", r"\brlogin\b|\brsh\b|\brexec\b",
          N_("It believes whoever says who he is.")),
    _rule("Windows Remote Management", M, "5985 5986", r"\bwinrm|ws-?man",
          N_("Whoever has a password runs programs here."),
          web=True),
    _rule("Android Debug Bridge", H, "5555", r"\badb\b|android debug", N_("Anybody takes over the device.")),
    # Files
    _rule("SMB", H, "445 139", r"\bsmb\b|\bsamba\b|netbios-ssn", N_("Windows file shares: worms live on this port.")),
    _rule("NFS", M, "2049", r"\bnfs\b", N_("Files are often given to whoever asks.")),
    _rule("rsync", M, "873", r"\brsync", N_("Files are often given to whoever asks.")),
    _rule("TFTP", M, "69", r"\btftp", N_("It has no passwords.")),
    _rule("FTP", L, "21", r"\bftp\b|ftpd\b", N_("Passwords and files are sent in the clear.")),
    # Machines that run other machines
    _rule("Docker", H, "2375 2376", r"\bdocker", N_("Without client certificates anybody becomes root of the machine."),
          web=True),
    _rule("Kubernetes", M, "6443 10250 10255", r"\bkubernetes|\bkubelet", CLUSTER, web=True, guarded="401|forbidden"),
    _rule("etcd", H, "2379 2380", r"\betcd\b", CLUSTER, web=True),
    _rule(N_("Consul or Nomad"), M, "8500 4646", r"\bconsul\b|\bnomad\b", CLUSTER, web=True),
    _rule("Hadoop", M, "50070 8088 9870", r"\bhadoop|\bhdfs|\byarn\b", CLUSTER, web=True),
    _rule("Jenkins", M, "", r"\bjenkins\b", N_("It holds the keys of everything it builds and deploys."), web=True),
    _rule("Jupyter", H, "", r"\bjupyter", N_("A notebook is a shell in the browser."), web=True),
    _rule(N_("Java debugger"), H, "", r"\bjdwp\b|java debug", N_("Anybody runs programs in it.")),
    _rule("Java RMI", M, "1099", r"\brmi\b|java-rmi|\bjmx\b", N_("Objects that are sent to it often run as programs.")),
    _rule("IPMI", H, "623", r"\bipmi\b",
          N_("The machine's remote hands; the protocol itself gives away password hashes.")),
    _rule(N_("Database console"), M, "", r"phpmyadmin|adminer|pgadmin|mongo express",
          N_("A data store behind one password."),
          web=True),
    _rule(N_("Administration page"), L, "10000 8291", r"webmin|cpanel|plesk|routeros|winbox|mikrotik|pfsense|fortigate|"
          r"sonicwall|vcenter|vmware esxi|proxmox|idrac|\bilo\b",
          N_("Pages for administrators need not face everybody."),
          web=True),
    # Networks
    _rule("LDAP", M, "389", r"\bldap", N_("Directories often tell names and groups to whoever asks.")),
    _rule("SNMP", M, "161", r"\bsnmp", N_("A guessed community string shows, and may change, the device's settings.")),
    _rule("Cisco Smart Install", H, "4786", r"smart install", N_("Anybody can take over the switch.")),
    _rule(N_("Port mapper"), L, "111", r"\brpcbind|portmap",
          N_("It lists services inside and multiplies attacks on others.")),
    _rule("UPnP", M, "1900", r"\bupnp|\bssdp",
          N_("Devices inside can be opened from outside; it multiplies attacks too.")),
    _rule(N_("NetBIOS names"), L, "137", r"\bnetbios\b", N_("It tells names of machines and users.")),
    _rule("MQTT", M, "1883", r"\bmqtt", N_("Often open without a password: sensor values and commands of devices.")),
    # Cameras, printers
    _rule(N_("Video (RTSP)"), M, "554 37777", r"\brtsp|\bdahua|hikvision", N_("Cameras, often with a known password."),
          web=True),
    _rule(N_("Printer"), L, "9100 631", r"\bprinter|jetdirect|\bcups\b|\bipp\b",
          N_("Prints for everybody, and keeps jobs.")),
    # Controllers of plants and buildings
    _rule("Modbus", H, "502", r"\bmodbus", CONTROLS),
    _rule("Siemens S7", H, "102", r"\bs7\b|siemens s7|simatic", CONTROLS),
    _rule("BACnet", H, "47808", r"\bbacnet", CONTROLS),
    _rule("DNP3", H, "20000", r"\bdnp3", CONTROLS),
    _rule("EtherNet/IP", H, "44818", r"ethernet.?ip\b|rockwell|allen-bradley", CONTROLS),
    _rule("Niagara Fox", H, "1911 4911", r"\bfox\b|niagara", CONTROLS),
    _rule("IEC 60870-5-104", H, "2404", r"iec.?(60870|104)", CONTROLS),
    _rule("OPC UA", M, "4840", r"\bopc.?ua", CONTROLS),
    _rule("CODESYS", H, "2455", r"\bcodesys", CONTROLS),
    _rule("Omron FINS", H, "9600", r"\bomron|\bfins\b", CONTROLS),
    _rule(N_("Tank gauge (ATG)"), H, "10001", r"\batg\b|automated.tank|veeder", CONTROLS),
)  # fmt: skip

CAUTIONS = {
    "honeypot": (3, N_("Shodan takes it for a honeypot: what is open there is bait")),
    "cdn": (2, N_("the address is a content delivery network's: what is open is theirs, for many customers")),
    "cloud": (1, N_("the address is a cloud's: it may have changed hands since")),
}
"""Tags that make every warning about an address weaker: by how many steps, and the reason."""

ALARMS = {
    "compromised": (H, N_("Shodan has seen signs of a break-in.")),
    "malware": (H, N_("Shodan has seen malware answering there.")),
    "c2": (H, N_("Shodan takes it for a server that commands malware.")),
    "doublepulsar": (H, N_("A back door (DoublePulsar) answers there.")),
    "ics": (M, N_("Shodan takes it for an industrial controller.")),
    "eol-os": (M, N_("Its operating system gets no more updates.")),
    "eol-product": (M, N_("A program on it gets no more updates.")),
    "scanner": (L, N_("It scans the internet.")),
    "tor": (L, N_("It is part of the Tor network: who uses it is somebody else.")),
}
"""Tags that are a warning by themselves."""

PLAIN = re.compile(r"|auto(-.*)?|tcp|udp|unknown")
"""What Shodan calls a service that it does not know."""


def fitting(service: Service, programs: tuple[str, ...] = ()) -> Exposed | None:
    """The rule that a service falls under: by what it says of itself, else by its port when it says nothing.

    A port is believed when such a program is among those that were seen on the host (`programs`, their CPEs).
    """
    known = f"{service.product} {service.module.replace('-', ' ')} {service.module}"
    titled = f"{known} {service.http.get('title', '')}"
    for rule in RULES:
        if rule.signs.search(titled if rule.web else known):
            return Exposed(rule, sure=True)
    silent = not service.product and PLAIN.fullmatch(service.module)
    for rule in RULES:
        if service.port in rule.ports and (silent or (rule.web and service.module.startswith("http"))):
            return Exposed(rule, sure=any(rule.signs.search(each.replace("_", " ")) for each in programs))
    return None


def weigh(service: Service, exposed: Exposed, host: Host, now: datetime) -> tuple[Severity, list[str]]:
    """How grave an open service is, and the reasons why it is less so than it could be."""
    steps, reasons = cautions(host.tags)
    if exposed.rule.guarded and exposed.rule.guarded.search(service.banner):
        steps, reasons = steps + 1, [*reasons, noted("it asks for a password")]
    if not exposed.sure:
        steps, reasons = steps + 1, [*reasons, noted("only the port's number says what it is")]
    seen = service.seen or host.updated
    if seen is not None and (days := (now - seen).days) > OLD_DAYS:
        steps, reasons = steps + 1, [*reasons, nnoted("that was {n} days ago", "that was {n} days ago", days)]
    return lowered(exposed.rule.severity, steps), reasons


def cautions(tags: tuple[str, ...]) -> tuple[int, list[str]]:
    """By how many steps these tags lower what is said of an address, and why."""
    held = [CAUTIONS[tag] for tag in tags if tag in CAUTIONS]
    return max((steps for steps, _ in held), default=0), [reason for _, reason in held]


LESS = (
    N_("Less grave, because {first}."),
    N_("Less grave, because {first} and {second}."),
    N_("Less grave, because {first} and {second} and {third}."),
    N_("Less grave, because {first} and {second} and {third} and {fourth}."),
    N_("Less grave, because {first} and {second} and {third} and {fourth} and {fifth}."),
    N_("Less grave, because {first} and {second} and {third} and {fourth} and {fifth} and {sixth}."),
)
"""By how many reasons there are: the tags', the password, the port's number, the age."""


def less(reasons: list[str]) -> str:
    """Why it is less grave than it could be, in a sentence; "" where nothing makes it so."""
    places = ("first", "second", "third", "fourth", "fifth", "sixth")
    return noted(LESS[len(reasons) - 1], **dict(zip(places, reasons, strict=False))) if reasons else ""


def alarms(tags: tuple[str, ...]) -> list[tuple[Severity, str]]:
    """What the tags say by themselves, the gravest first."""
    return sorted((ALARMS[tag] for tag in tags if tag in ALARMS), key=lambda each: STEPS.index(each[0]))


def lowered(severity: Severity, steps: int) -> Severity:
    return STEPS[min(STEPS.index(severity) + steps, len(STEPS) - 1)]
