"""The REST service: endpoints outside, use cases inside, the database below."""
