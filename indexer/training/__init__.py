"""Training: the model's parameters are chosen on rolling windows and fitted."""
