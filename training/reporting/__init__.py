"""Pages and figures that tell what came of an experiment."""
