"""One round of federated averaging, priced: two hospitals in full, two seen in the aggregate only.

Replies are made here with NumPy; in Flower they come by `fairgames_flower.priced(strategy, …)`.

    python examples/05_flower.py
"""

from __future__ import annotations

import numpy as np

from fairgames_flower import Reply, price_round

TRUTH = np.array([1.0, -2.0, 0.5])


def main() -> None:
    generator = np.random.default_rng(0)
    replies = []
    for client, level, examples in (("north", 2, 200), ("south", 2, 40), ("east", 1, 120), ("west", 1, 30)):
        data = generator.normal(size=(examples, 3))
        targets = data @ TRUTH + generator.normal(scale=2, size=examples)
        replies.append(Reply(client, level, examples, [np.linalg.lstsq(data, targets, rcond=None)[0]]))
    test = generator.normal(size=(500, 3))

    def worth(model: list[np.ndarray]) -> float:
        return 100 - 10 * float(np.mean((test @ (model[0] - TRUTH)) ** 2))

    found = price_round(1, replies, [np.zeros(3)], worth, alpha=0.5)
    print(f"Round 1 is worth {found.utility:.2f}; half of it is paid out, after {found.evaluations} evaluations.")
    for reply in replies:
        print(f"  {reply.client:6} level {reply.level}  {found.payments[reply.client]:6.2f}")


if __name__ == "__main__":
    main()
