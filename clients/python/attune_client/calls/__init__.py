"""Every call of the service, described once for both clients."""
