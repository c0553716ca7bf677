"""Payments by sampled coalitions, stratified by size, with control variates."""
