"""Offline scripts that build, train, export and judge the models: ``python -m training``."""

import models as models  # before any part of this can import onnxruntime
