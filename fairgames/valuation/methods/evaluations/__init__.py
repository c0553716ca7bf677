"""Payments from a limited number of evaluations of a black box: by a surrogate, or by sampling."""
