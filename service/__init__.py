"""The REST service: endpoints outside, use cases inside, stores behind ports."""
