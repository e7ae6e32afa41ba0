"""The dashboard: pages for people, and signing in."""

from __future__ import annotations

from fastapi import FastAPI

from bot.front import Front


def add(web: FastAPI, front: Front) -> None:
    """Add its routes."""
