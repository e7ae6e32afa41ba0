"""Measures what an ack and a scan cost, each against a floor in the same run. By hand, on loopback, never in CI."""
