"""The Gaussian model that was served up to commit cf1f2b3, as a baseline."""
