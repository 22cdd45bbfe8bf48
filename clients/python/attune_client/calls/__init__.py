"""Every call of the service, described once; the clients only send them."""
