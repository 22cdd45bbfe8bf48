"""What Attune bears: ``make torture`` does its worst to a running service, and states figures."""
