"""``/predict`` and ``/predict_batch``: predictions for tracks."""
