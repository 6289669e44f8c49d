"""`Cluster` to `ConnectivityMap`: what its policies allow, and why.

The engine works on sets, not pairs. Every endpoint is a bit (`universe`); the port space is cut into the blocks that
the policies can tell apart (`ports`). For each set of equally selected workloads the tiers are folded once a direction
(`fold`), and where two folds meet, a block of the map results (`blocks`).
"""

from netpol_action.connectivity.engine import Evaluation, EvaluationOptions, evaluate

__all__ = ["Evaluation", "EvaluationOptions", "evaluate"]
