"""The platform's share when U is dear to evaluate."""
