"""The invented world: who exists, since when, and under which names, numbers and certificates."""
