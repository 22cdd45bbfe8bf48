"""The paper's experiment: simulate active learning and measure what models gain from labels."""
