"""What Attune bears: ``make stress`` does its worst to a running service, and states figures."""
