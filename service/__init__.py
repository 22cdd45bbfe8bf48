"""The REST service: routes outside, use cases inside, the database below."""
