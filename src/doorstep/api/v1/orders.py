"""Endpoints of orders."""

from __future__ import annotations
