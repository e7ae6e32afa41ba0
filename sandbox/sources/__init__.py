"""Stand-in sources: an invented world answered over HTTP, DNS and WHOIS, so that nothing real is asked."""
