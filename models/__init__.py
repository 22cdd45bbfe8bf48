"""The shared package: what training makes and the service serves."""
