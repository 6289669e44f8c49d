"""`Cluster` to `ConnectivityMap`: what its policies allow, and why.

The engine works on sets, not pairs. Every endpoint is a bit (`universe`); the port space is cut into the blocks that
the policies can tell apart (`ports`). For each set of equally selected workloads the tiers are folded once a direction
(`fold`), and where two folds meet, a block of the map results (`blocks`).

Further questions have the same answers to start from: why (`explain`, over `trace`), what is open beyond the input
(`openings`), and of a finished map who is alike (`groups`), how far someone gets (`reach`), and what is left of it when
only some of it is of interest (`focus`).
"""

from netpol_action.connectivity.engine import Evaluation, EvaluationOptions, evaluate

__all__ = ["Evaluation", "EvaluationOptions", "evaluate"]
