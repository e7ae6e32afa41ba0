"""One door for each way of asking the outside: HTTP, DNS and WHOIS; `collectors/fetch.py` is what collectors see."""
