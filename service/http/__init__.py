"""HTTP: the middleware, request bodies, errors and limits."""
