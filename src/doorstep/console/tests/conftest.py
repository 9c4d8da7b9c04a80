"""Fixtures of the console's tests."""

from doorstep.console.tests.shop import shop, sign_in

__all__ = ["shop", "sign_in"]
