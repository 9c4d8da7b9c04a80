"""The room's tables, gathered here because Django looks for them in this module."""
