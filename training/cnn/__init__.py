"""Trains the short-chunk CNN (Won et al., 2020) in torch and exports it to ONNX."""
