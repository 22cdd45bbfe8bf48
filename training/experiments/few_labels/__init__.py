"""How well each way to make a personal model does with few labels: ``personalise``."""
