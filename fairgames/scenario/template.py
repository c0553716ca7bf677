"""The scenario that ``fairgames init`` writes: three clinics, and every key with what it means."""

from __future__ import annotations

#: A comment that begins with "#:" is a line that may be used as it stands, without that mark.
TEMPLATE = """\
# A scenario of fairgames: who the users are, what sharing costs them, and what the platform gains from it.
#   fairgames design FILE      the share of the utility to pay out, and everybody's payment
#   fairgames help             what else there is
# Decimals are read as written (0.3 is 3/10), and text such as "2/3" is exact. Lines with "#:" are options: take the
# mark away to use them.

[utility]
kind = "federated-mean"            # U: the gain of estimating everybody's mean; or "linear-laplace", "table"
between_user_variance = 1.0        # s²: how much the users' means differ (0 is allowed)
within_user_variance = 10.0        # r²: how much samples of one user differ
levels = [0, 1, 2]                 # 0 shares nothing, 1 its part in a secure aggregate, 2 its own mean
#: aggregation = "samples"         # the aggregate weighs users by their samples, as FedAvg does; default "equal"
#: minimum_aggregate = 3           # with fewer users than this on level 1 there is no aggregate; default 1
#: level_names = ["nothing", "aggregate", "mean"]   # shown instead of numbers
#: scale = 1000                    # money per unit of U; default 1. Sensitivities and payments are in money
#: currency = "EUR"                # what the money is called, for display

[payment]
rule = "users"                     # fair among users, who get the share α of U; or "coalition": with the platform
#: alpha_of_utility = [[0, 0.2], [5, 0.4]]   # α as a function of U, for `equilibria` and `payments`: pairs [U, α]
#: step = true                     # constant from one U to the next, instead of straight lines between them

[[users]]
name = "north"
samples = 100                      # n_i ≥ 1
sensitivity = [0, 0.3, 0.6]        # what each level costs this user, in money; 0 at the lowest level it may choose
#: level = 2                       # its level at the profile of `payments`

[[users]]
name = "south"
count = 2                          # two such users, south-1 and south-2; default 1
samples = 20
sensitivity = [0, 0.2, 0.4]
#: notes = { city = "Porto" }      # whatever else is known of it; kept, and not looked at
#: importance = 2.0                # weight of its estimate in U; default 1
#: allowed = [0, 2]                # the levels that it may choose; default all

#: [[groups]]                      # users who act as one player: one level for all, their sensitivities added up
#: name = "both in the south"
#: members = ["south"]
"""
