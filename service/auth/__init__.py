"""Authorisation: API keys, scopes, rate limits and signed URLs."""
