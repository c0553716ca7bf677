"""Which of many equilibria will be played: strictness, index, stability, dominance, learning, perfection."""
