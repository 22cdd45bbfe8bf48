"""The command ``attune``: what the client can do, from a terminal."""
