"""The consensus-entropy paper's own models and rules (Gómez-Cañón et al., ISMIR 2021)."""
