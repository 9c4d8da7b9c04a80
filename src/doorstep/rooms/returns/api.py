"""The door of the returns room."""
