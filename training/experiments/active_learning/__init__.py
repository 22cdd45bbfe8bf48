"""The paper's experiment: listeners are asked, models learn, and how much better they get."""
