"""Training: parameters are chosen on rolling windows, then the model is fitted."""
