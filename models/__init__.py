"""The shared package of training and service: audio, features, members, fusion, snapshots."""

import os

# onnxruntime sends telemetry from its import on, unless this is set. Service and training import
# `models` before onnxruntime. The value of the environment is overridden: Attune promises
# listeners that it sends no telemetry.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
