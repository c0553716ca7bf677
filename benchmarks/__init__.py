"""What the speed claims of fairgames rest on: ``python -m benchmarks`` runs all, ``python -m benchmarks NAME`` one.

A claim is a ratio, measured in one run against a named peer (NumPy doing the least that the
task needs, or the same work done in the plain way), or against a limit of the machine. No
claim is a number of seconds: those are only shown beside it.
"""
