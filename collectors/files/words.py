"""Who and what hides in a text: addresses, user names in paths, file servers, programs with their versions."""

from __future__ import annotations

import re
from urllib.parse import unquote

from collectors.files.sheet import Sheet

LONGEST = 20_000  # characters that are looked through
MOST_URLS = 50

EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}(?![\w-])", re.IGNORECASE)
URL = re.compile(r"https?://[^\s<>\"'\\^`{|}\x00-\x1f]{3,500}", re.IGNORECASE)
WINDOWS = re.compile(
    r"\b[A-Z]:[\\/](?:[^\\/:*?\"<>|\r\n\t]{1,100}[\\/]){0,20}[^\\/:*?\"<>|\r\n\t]{0,100}", re.IGNORECASE
)
UNIX = re.compile(r"(?<![\w.:/])/(?:home|Users|root|var|srv|mnt|opt|media)/[^\s\"'<>|:]{1,250}")
UNC = re.compile(r"\\\\([\w.-]{1,80})\\([^\\/:*?\"<>|\r\n\t]{1,100}(?:\\[^\\/:*?\"<>|\r\n\t]{1,100}){0,20})")
USER = re.compile(
    r"(?:[A-Z]:[\\/](?:Users|Documents and Settings)|(?<![\w.])/(?:home|Users))[\\/]([^\\/\s][^\\/]{0,63})",
    re.IGNORECASE,
)
VERSION = re.compile(r"(?<![\w.])v?(\d{1,6}(?:\.\d{1,8}){1,4}[\w-]{0,12})(?![\w.])")
NOBODY = frozenset({"public", "default", "default user", "all users", "shared"})
MACHINES = frozenset(
    {"user", "users", "admin", "administrator", "windows user", "owner", "microsoft office user", "unknown", "author"}
    | {"python-docx", "openpyxl", "root", "anonymous", "guest", "default", "none", "usuario", "utilisateur", "benutzer"}
)


def mine(sheet: Sheet, text: object, where: str) -> None:
    """Note what a text of the file gives away."""
    told = str(text)[:LONGEST]
    for address in EMAIL.findall(told):
        sheet.found("email", address, where)
    for url in URL.findall(told):
        sheet.found("url", url.rstrip(".,;:!?)]"), where)
    paths(sheet, told, where)


def paths(sheet: Sheet, text: str, where: str) -> None:
    """Note places on somebody's machine, whose they are, and the servers they lie on."""
    told = unquote(text[:LONGEST].replace("file:////", "//").replace("file:///", "").replace("file://", "//"))
    if told.startswith("//"):
        told = told.replace("/", "\\")
    for found in [*WINDOWS.finditer(told), *UNIX.finditer(told)]:
        if len(found[0]) > 3:
            sheet.found("path", found[0], where)
    for server, share in UNC.findall(told):
        sheet.found("path", f"\\\\{server}\\{share}", where)
        host(sheet, server, where, role="file server")
    for user in USER.findall(told):
        if user.lower() not in NOBODY:
            sheet.found("username", user, where, role="owner of a folder")


def host(sheet: Sheet, name: str, where: str, *, role: str) -> None:
    """A machine by name or address."""
    if re.fullmatch(r"\d{1,3}(?:\.\d{1,3}){3}", name):
        sheet.found("ip", name, where, role=role)
    elif re.fullmatch(r"(?:[\w-]{1,63}\.)+[a-z]{2,24}", name, re.IGNORECASE):
        sheet.found("domain", name.lower(), where, role=role)
    elif re.fullmatch(r"[\w-]{1,63}", name):
        sheet.found("device", name, where, role=role)


def person(sheet: Sheet, text: object, where: str, *, role: str) -> None:
    """People in a field that names them; what programs write there by themselves is left out."""
    for each in re.split(r"\s*;\s*", str(text)[:2000])[:20]:
        name = each.strip(" ,\x00")
        found = EMAIL.search(name)
        if found:
            sheet.found("email", found[0], where, role=role)
            name = name.replace(found[0], "").strip(" <>()\"',")
        if name and name.lower() not in MACHINES and any(map(str.isalpha, name)):
            sheet.found("person", name, where, role=role)


def software(sheet: Sheet, text: object, where: str, *, version: object = "", **attributes: object) -> None:
    """A program, with its version where the text holds one."""
    name = " ".join(str(text).split())[:200]
    if not any(map(str.isalpha, name)):
        return
    given = str(version or "").strip()
    read = VERSION.search(name)
    sheet.found("software", name, where, version=given or (read[1] if read else ""), **attributes)
