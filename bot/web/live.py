"""Scans watched live: Server-Sent Events and a WebSocket."""

from __future__ import annotations

from fastapi import FastAPI

from bot.front import Front


def add(web: FastAPI, front: Front) -> None:
    """Add its routes."""
