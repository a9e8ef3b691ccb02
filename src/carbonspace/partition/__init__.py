"""The sources of a plan of any size become partitions: files by place, and a plan.toml for them."""

from carbonspace.partition.layer_folder import FEATURES, LayerFolder, Shape, sorted_rows, with_boxes
from carbonspace.partition.work import (
    Partitioned,
    Partitions,
    UnwritableError,
    partition,
    usable_target,
)

__all__ = ["FEATURES", "LayerFolder", "Partitioned", "Partitions", "Shape", "UnwritableError",
           "partition", "sorted_rows", "usable_target", "with_boxes"]  # fmt: skip
