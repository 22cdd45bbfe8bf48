"""Pages and figures of experiments."""
