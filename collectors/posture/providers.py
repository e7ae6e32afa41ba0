"""Which products and providers a name uses, told by its TXT, MX, NS, CNAME and CAA records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.language import N_

OWNED = N_("verified ownership")
SENDS = N_("sends mail")
RECEIVES = N_("receives mail")
ANSWERS = N_("answers DNS")


@dataclass(frozen=True, slots=True)
class Provider:
    """A product in use and what it is used for."""

    name: str
    purpose: str


# Tokens that providers tell their customers to publish, by how the TXT record begins (lower case).
TXT_TOKENS: Mapping[str, Provider] = {
    prefix: Provider(name, purpose)
    for prefix, name, purpose in (
        ("google-site-verification=", "Google", OWNED),
        ("ms=ms", "Microsoft 365", OWNED),
        ("v=verifydomain ms=", "Microsoft 365", OWNED),
        ("facebook-domain-verification=", "Meta (Facebook)", OWNED),
        ("apple-domain-verification=", "Apple", OWNED),
        ("apple-domain=", "Apple", OWNED),
        ("atlassian-domain-verification=", "Atlassian", OWNED),
        ("atlassian-sending-domain-verification=", "Atlassian", OWNED),
        ("docusign=", "DocuSign", OWNED),
        ("stripe-verification=", "Stripe", OWNED),
        ("adobe-idp-site-verification=", "Adobe", OWNED),
        ("adobe-sign-verification=", "Adobe Sign", OWNED),
        ("amazonses:", "Amazon SES", SENDS),
        ("box-domain-verification=", "Box", OWNED),
        ("canva-site-verification=", "Canva", OWNED),
        ("cisco-ci-domain-verification=", "Cisco Webex", OWNED),
        ("citrix-verification-code=", "Citrix", OWNED),
        ("cloudflare_dashboard_sso=", "Cloudflare", OWNED),
        ("detectify-verification=", "Detectify", OWNED),
        ("dropbox-domain-verification=", "Dropbox", OWNED),
        ("dynatrace-site-verification=", "Dynatrace", OWNED),
        ("fastly-domain-delegation-", "Fastly", OWNED),
        ("figma-domain-verification=", "Figma", OWNED),
        ("github-verification=", "GitHub", OWNED),
        ("globalsign-domain-verification=", "GlobalSign", N_("certificate authority")),
        ("have-i-been-pwned-verification=", "Have I Been Pwned", OWNED),
        ("hubspot-developer-verification=", "HubSpot", OWNED),
        ("intercom-domain-validation=", "Intercom", OWNED),
        ("jamf-site-verification=", "Jamf", OWNED),
        ("keybase-site-verification=", "Keybase", OWNED),
        ("klaviyo-site-verification=", "Klaviyo", OWNED),
        ("logmein-verification-code=", "LogMeIn", OWNED),
        ("mailru-verification:", "Mail.ru", OWNED),
        ("miro-verification=", "Miro", OWNED),
        ("mongodb-site-verification=", "MongoDB Atlas", OWNED),
        ("notion-domain-verification=", "Notion", OWNED),
        ("onetrust-domain-verification=", "OneTrust", OWNED),
        ("openai-domain-verification=", "OpenAI", OWNED),
        ("pinterest-site-verification=", "Pinterest", OWNED),
        ("postman-domain-verification=", "Postman", OWNED),
        ("protonmail-verification=", "Proton Mail", RECEIVES),
        ("segment-site-verification=", "Segment", OWNED),
        ("shopify-verification-code=", "Shopify", OWNED),
        ("slack-domain-verification=", "Slack", OWNED),
        ("smartsheet-site-validation=", "Smartsheet", OWNED),
        ("sophos-domain-verification=", "Sophos", OWNED),
        ("status-page-domain-verification=", "Statuspage", OWNED),
        ("teamviewer-sso-verification=", "TeamViewer", OWNED),
        ("twilio-domain-verification=", "Twilio", OWNED),
        ("webexdomainverification.", "Cisco Webex", OWNED),
        ("wrike-verification=", "Wrike", OWNED),
        ("yandex-verification:", "Yandex", OWNED),
        ("zapier-domain-verification-challenge=", "Zapier", OWNED),
        ("zoho-verification=", "Zoho", OWNED),
        ("zoom-domain-verification=", "Zoom", OWNED),
        ("zoom_verify_", "Zoom", OWNED),
    )
}


def _by_domain(purpose: str, *rows: str) -> dict[str, Provider]:
    """Rows of "name: domain domain ..." as a table by domain."""
    table = {}
    for row in rows:
        name, _, domains = row.partition(": ")
        table.update(dict.fromkeys(domains.split(), Provider(name, purpose)))
    return table


MAIL_SERVERS = _by_domain(
    RECEIVES,
    "Google Workspace: google.com googlemail.com smtp.goog",
    "Microsoft 365: mail.protection.outlook.com mx.microsoft",
    "Outlook.com: olc.protection.outlook.com",
    "Proofpoint: pphosted.com ppe-hosted.com",
    "Mimecast: mimecast.com mimecast.co.za mimecast-offshore.com",
    "Barracuda: barracudanetworks.com",
    "Cisco Secure Email: iphmx.com",
    "Trend Micro: trendmicro.com trendmicro.eu",
    "Symantec Email Security: messagelabs.com",
    "Sophos: sophos.com",
    "Zoho Mail: zoho.com zoho.eu zoho.in zohomail.com",
    "Proton Mail: protonmail.ch",
    "Fastmail: messagingengine.com",
    "Apple iCloud: mail.icloud.com",
    "Amazon SES: amazonaws.com awsapps.com",
    "Cloudflare Email Routing: mx.cloudflare.net",
    "Mailgun: mailgun.org",
    "SendGrid: sendgrid.net",
    "Yandex: yandex.net yandex.ru",
    "Mail.ru: mail.ru",
    "ImprovMX: improvmx.com",
    "ForwardEmail: forwardemail.net",
    "Migadu: migadu.com",
    "Tuta: tutanota.de",
    "Rackspace: emailsrvr.com",
    "GoDaddy: secureserver.net",
    "IONOS: ionos.com ionos.de kundenserver.de 1and1.com",
    "OVHcloud: ovh.net",
    "Gandi: gandi.net",
    "Hostinger: hostinger.com",
    "Namecheap: registrar-servers.com privateemail.com",
    "Infomaniak: infomaniak.ch",
    "Hornetsecurity: hornetsecurity.com antispameurope.com",
)
NAME_SERVERS = _by_domain(
    ANSWERS,
    "Cloudflare: ns.cloudflare.com foundationdns.com foundationdns.net foundationdns.org",
    "Google Cloud DNS: googledomains.com google.com",
    "Azure DNS: azure-dns.com azure-dns.net azure-dns.org azure-dns.info",
    "NS1: nsone.net",
    "Akamai: akam.net akamaiedge.net",
    "UltraDNS: ultradns.net ultradns.com ultradns.org ultradns.biz ultradns.info",
    "Oracle Dyn: dynect.net",
    "DNSimple: dnsimple.com dnsimple-edge.net dnsimple-edge.org",
    "DNS Made Easy: dnsmadeeasy.com",
    "ClouDNS: cloudns.net",
    "DigitalOcean: digitalocean.com",
    "Hetzner: hetzner.com hetzner.de your-server.de first-ns.de",
    "Linode: linode.com",
    "Vercel: vercel-dns.com",
    "Netlify: netlify.com",
    "GoDaddy: domaincontrol.com",
    "Namecheap: registrar-servers.com",
    "Gandi: gandi.net",
    "OVHcloud: ovh.net ovh.ca anycast.me",
    "IONOS: ui-dns.com ui-dns.de ui-dns.org ui-dns.biz",
    "Hostinger: dns-parking.com",
    "Wix: wixdns.net",
    "Squarespace: squarespacedns.com",
    "WordPress.com: wordpress.com",
    "Yandex: yandex.net",
    "Alibaba Cloud: hichina.com alidns.com",
    "Tencent DNSPod: dnspod.net",
    "Hurricane Electric: he.net",
    "deSEC: desec.io desec.org",
    "Sedo (parking): sedoparking.com",
    "Bodis (parking): bodis.com",
    "ParkingCrew (parking): parkingcrew.net",
)
SENDERS = _by_domain(
    SENDS,
    "Google Workspace: _spf.google.com",
    "Microsoft 365: spf.protection.outlook.com",
    "Amazon SES: amazonses.com",
    "SendGrid: sendgrid.net",
    "Mailgun: mailgun.org",
    "Mailchimp: servers.mcsv.net",
    "Mandrill: mandrillapp.com",
    "Salesforce: _spf.salesforce.com",
    "Marketing Cloud: exacttarget.com",
    "HubSpot: hubspotemail.net",
    "Zendesk: zendesk.com",
    "Freshdesk: freshdesk.com freshemail.io",
    "Postmark: mtasv.net",
    "SparkPost: sparkpostmail.com",
    "Brevo: sendinblue.com brevo.com",
    "Mailjet: mailjet.com",
    "Zoho: zoho.com zoho.eu zohomail.com transmail.net",
    "Fastmail: messagingengine.com",
    "Proton Mail: protonmail.ch",
    "Apple iCloud: icloud.com",
    "Proofpoint: pphosted.com ppe-hosted.com",
    "Mimecast: mimecast.com",
    "Atlassian: stspg-customer.com atlassian.net",
    "Shopify: shops.shopify.com",
    "Intercom: intercom.io",
    "Klaviyo: klaviyomail.com",
    "Constant Contact: constantcontact.com",
    "Qualtrics: qualtrics.com",
    "Cloudflare Email Routing: mx.cloudflare.net",
    "OVHcloud: mx.ovh.com",
    "Yandex: yandex.net",
)
HOSTS = _by_domain(
    N_("serves the site"),
    "Amazon CloudFront: cloudfront.net",
    "Amazon Web Services: amazonaws.com awsglobalaccelerator.com elasticbeanstalk.com",
    "Azure: azurewebsites.net azureedge.net azurefd.net cloudapp.azure.com cloudapp.net trafficmanager.net",
    "Azure Static Web Apps: azurestaticapps.net",
    "Cloudflare: cdn.cloudflare.net pages.dev workers.dev",
    "Fastly: fastly.net fastlylb.net",
    "Akamai: akamaiedge.net edgekey.net edgesuite.net akamai.net akadns.net",
    "Google: ghs.googlehosted.com googlehosted.com run.app appspot.com web.app firebaseapp.com",
    "GitHub Pages: github.io",
    "GitLab Pages: gitlab.io",
    "Heroku: herokuapp.com herokudns.com",
    "Netlify: netlify.app netlify.com netlifyglobalcdn.com",
    "Vercel: vercel.app vercel-dns.com",
    "Shopify: myshopify.com",
    "Squarespace: squarespace.com",
    "Wix: wixdns.net wixsite.com",
    "WordPress.com: wordpress.com",
    "WP Engine: wpengine.com",
    "Webflow: webflow.com webflow.io",
    "Zendesk: zendesk.com",
    "Freshdesk: freshdesk.com",
    "Statuspage: statuspage.io",
    "HubSpot: hubspot.net hs-sites.com",
    "Fly.io: fly.dev",
    "Render: onrender.com",
    "Railway: railway.app",
    "Read the Docs: readthedocs.io",
    "Ghost: ghost.io",
    "Tumblr: domains.tumblr.com",
    "Unbounce: unbouncepages.com",
    "Surge: surge.sh",
)
SIGNERS = {**_by_domain(SENDS, "Microsoft 365: onmicrosoft.com", "Mailchimp: mcsv.net"), **SENDERS}
AUTHORITIES = _by_domain(
    N_("issues certificates"),
    "Let's Encrypt: letsencrypt.org",
    "DigiCert: digicert.com thawte.com geotrust.com rapidssl.com symantec.com",
    "Sectigo: sectigo.com comodoca.com comodo.com usertrust.com trust-provider.com",
    "GlobalSign: globalsign.com",
    "Google Trust Services: pki.goog",
    "Amazon: amazon.com amazontrust.com awstrust.com amazonaws.com",
    "Entrust: entrust.net",
    "GoDaddy: godaddy.com starfieldtech.com",
    "Buypass: buypass.com",
    "SSL.com: ssl.com",
    "ZeroSSL: zerossl.com",
    "Actalis: actalis.it",
    "HARICA: harica.gr",
    "Telekom Security: telesec.de",
    "QuoVadis: quovadisglobal.com",
    "SwissSign: swisssign.com",
)


def by_token(text: str) -> Provider | None:
    """The provider whose token a TXT record is."""
    head = text[:64].lower()
    return next((provider for prefix, provider in TXT_TOKENS.items() if head.startswith(prefix)), None)


def by_name(name: str, table: Mapping[str, Provider]) -> Provider | None:
    """The provider a host name belongs to: the longest domain of the table that it is or lies below."""
    found = (table[domain] for domain in _upwards(name) if domain in table)
    provider = next(found, None)
    if provider is None and table is NAME_SERVERS and ".awsdns-" in f".{name}":
        return Provider("Amazon Route 53", ANSWERS)
    return provider


def _upwards(name: str) -> Iterator[str]:
    labels = name.lower().rstrip(".").split(".")
    yield from (".".join(labels[at:]) for at in range(len(labels)))
