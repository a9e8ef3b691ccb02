"""A layer read within a box: of partitions and databases only what is needed is looked at."""

from __future__ import annotations

import numpy as np

from carbonspace.errors import SourceError
from carbonspace.sources.dataset import Bounds
from carbonspace.sources.dsn import is_dsn
from carbonspace.sources.mapping import LayerSource
from carbonspace.sources.partitioned import Within, partitions_within
from carbonspace.sources.partitions import is_partitioned
from carbonspace.sources.postgis import postgis_within


def read_within(source: LayerSource, box: Bounds) -> Within:
    """Return the features of a layer whose boxes touch a box (xmin, ymin, xmax, ymax).

    The box is in the coordinates of the source. Features without geometry touch nothing. Of
    partitions the features come in the order of their source, with their positions there; of a
    database, which has no order, as they come. Within `connection.one_picture` a database is looked
    at as it was at one moment.

    Raises
    ------
    InputError
        With every partition needed that is missing or corrupt, or why the table cannot be used.
    SourceError
        The source is of another kind, or its storage does not answer.
    ServiceError
        The database does not answer.
    """
    if is_partitioned(source.location):
        return partitions_within(source, box)
    if is_dsn(source.source):
        read = postgis_within(source, box)
        count = 0 if read.frame is None else len(read.frame)
        return Within(read, np.arange(count))
    raise SourceError(
        f"{source.source} cannot be read by place. Make partitions of it: carbonspace partition.",
        f"{source.source} 不能按位置读取。请先用 carbonspace partition 分区。",
    )
