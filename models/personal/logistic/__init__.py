"""One listener as a multinomial logistic model around an item prior."""
