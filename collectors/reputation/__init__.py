"""What many vendors together think of a domain, an address, a URL or a file, and what it is connected with."""
