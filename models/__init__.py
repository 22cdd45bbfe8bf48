"""The shared package: what training makes and the service serves."""

import os

# onnxruntime reports to its maker from the moment it is imported, unless it finds this. Service
# and training import `models` before it. Overrides what was set for other programs: that Attune
# reports to nobody is a promise to listeners.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
