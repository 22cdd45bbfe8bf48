"""What talks to the service, by HTTP alone."""
