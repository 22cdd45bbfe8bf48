"""Turns published weights into the ONNX encoders that the service runs."""
