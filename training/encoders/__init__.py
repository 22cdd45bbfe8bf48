"""Converts published weights to the service's ONNX encoders."""
