"""The REST API under `/api/v1`."""

from __future__ import annotations

from fastapi import FastAPI

from bot.front import Front


def add(web: FastAPI, front: Front) -> None:
    """Add its routes."""
