"""Fair payments of hundreds or thousands of distinct users, by exponential sums: no sampling."""
