"""Every registered solver on games with known answers, and the suite itself."""

from __future__ import annotations

from fairgames.testing import conformance_test

test_every_solver = conformance_test("all", seconds=3.0)
