"""What every test gets; see dev/testing."""

pytest_plugins = [
    "dev.testing.database",
    "dev.testing.sockets",
    "dev.testing.stores",
    "dev.testing.servers",
    "dev.testing.emptying",
    "dev.testing.pages",
    "dev.testing.browser",
    "dev.testing.properties",
]
