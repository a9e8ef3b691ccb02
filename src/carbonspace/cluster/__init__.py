"""Many machines: the work of an evaluation handed to the workers of a cluster.

Who evaluates knows `concurrent.futures.Executor` and nothing else. One file makes such an executor
of one kind of cluster (`dask_engine`); another kind needs another file like it. What must be so on
every worker (`likeness`), what is said where it is not (`words`) and what the work will come to
(`estimate`) hang on no kind.
"""

from carbonspace.cluster.guarded import Engine, Patience
from carbonspace.cluster.likeness import Terms, terms_of

__all__ = ["Engine", "Patience", "Terms", "terms_of"]
