"""Utilities that are training runs: what was evaluated is kept, and few evaluations answer for all profiles.

black box → store (:mod:`.store`) → evaluations (:mod:`.evaluate`) → surrogate (:mod:`.surrogate`)
          → which to run next (:mod:`.acquisition`) → payments (:mod:`.pay`), design (:mod:`.design`)
"""
