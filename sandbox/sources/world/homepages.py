"""What home pages of the invented world say about their owners' accounts, and the contact files beside them."""

from __future__ import annotations

from sandbox.sources.world.people import ADA

EXAMPLE_COM = """<!doctype html>
<html lang=en><head><title>Example Corp</title>
<meta property="og:site_name" content="Example Corp">
<meta name="twitter:site" content="@example_corp">
<link rel="me" href="https://mastodon.social/@example_corp">
<script type="application/ld+json">{"@context": "https://schema.org", "@type": "Organization", "name": "Example Corp",
"legalName": "Example Corp Inc.", "url": "https://example.com/", "email": "mailto:press@example.com",
"sameAs": ["https://github.com/example-corp", "https://www.linkedin.com/company/example-corp"]}</script>
</head><body><p>We make examples. DEMO: an invented company.</p>
<!-- <a href="https://github.com/not-shown">old</a> -->
<a href="https://gitlab.com/example-corp">Code</a>
<a href='https://www.youtube.com/@examplecorp'>Films</a>
<a href="https://www.facebook.com/sharer/sharer.php?u=https://example.com/">Share</a>
<a href="https://x.com/intent/tweet?url=https://example.com/">Post</a>
<a href="https://lichess.org/@/example-gone">Chess</a>
<a href="mailto:press@example.com?subject=Hello">Write to us</a>
</body></html>
"""
KONTOR = f"""<!doctype html>
<html lang=en><head><title>Kontor</title></head><body><p>Office goods. DEMO.</p>
<a rel="me nofollow" href="https://github.com/{ADA.handle}">Code</a>
<a rel=me href=https://mastodon.social/@ada_example>Talk</a>
</body></html>
"""
SECURITY = """\
# DEMO: whom to tell about weaknesses
Contact: mailto:security@example.com
Contact: https://example.com/security
Expires: 2030-01-01T00:00:00Z
Policy: https://example.com/security/policy
Preferred-Languages: en
Canonical: https://example.com/.well-known/security.txt
"""
HUMANS = """\
/* TEAM */
Engineer: Ada Example
Site: https://github.com/ada-example
Contact: ada [at] example.com
Write: webmaster@example.com
"""
PAGES = {("example.com", "/"): EXAMPLE_COM, ("kontor.example", "/"): KONTOR}
TEXTS = {
    ("example.com", "/.well-known/security.txt"): SECURITY,
    ("example.com", "/humans.txt"): HUMANS,
}
