"""Public datasets, read where they lie."""
