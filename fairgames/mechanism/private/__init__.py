"""Designs where costs are private: the answer is a plan, a level for each row of costs that may be a user's own."""
