"""Which sites have pages for user names, how each says yes and no, and how that is read."""
