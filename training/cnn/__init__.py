"""The short-chunk CNN (Won et al., 2020): trained in torch, exported to ONNX."""
