"""Wire types: what goes over HTTP, and nothing of how it is worked out."""
