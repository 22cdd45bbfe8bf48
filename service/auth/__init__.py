"""Who may call: API keys, scopes, rate limits and signed URLs."""
