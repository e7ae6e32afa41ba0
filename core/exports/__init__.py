"""Exports: one dossier of scans, written in many formats. Pure: nouns in, bytes out."""
