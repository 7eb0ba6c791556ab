"""A Chroma collection of item vectors, asked for the nearest ones: approximate, by a graph (HNSW).

Malkov & Yashunin, "Efficient and robust approximate nearest neighbor search using hierarchical navigable small world
graphs", IEEE TPAMI 42 (2020). The collection lives in memory and is made from the vectors whenever they are loaded:
what Chroma writes to disk depends on its version, and the vectors are kept anyway.
"""

from __future__ import annotations

import uuid
import weakref
from typing import Any

import numpy as np

from simulator.records import F32, I32

_GRAPH = {"space": "cosine", "ef_construction": 400, "max_neighbors": 48, "ef_search": 400}
"""A denser graph than Chroma's default (100, 16, 100): recall counts here, and building is done once."""


class Nearest:
    """The collection. Rows of `vectors` (n, width) that are 0 are near to nothing, and are left out. Making it takes
    some milliseconds an item; the same vectors always make the same graph."""

    def __init__(self, vectors: F32) -> None:
        client, self._collection = _opened()
        full = np.flatnonzero(vectors.any(axis=1))
        self.size = int(full.size)
        """How many items can be found."""
        for row in full.tolist():
            # One by one: Chroma puts the vectors of one call into the graph in any order, whatever its number of
            # threads is set to, and two graphs of the same vectors then find different ones.
            self._collection.add(ids=[str(row)], embeddings=np.asarray(vectors[row : row + 1]))
        weakref.finalize(self, client.delete_collection, self._collection.name)

    def __call__(self, queries: F32, depth: int) -> I32:
        """Rows of the `depth` vectors of the highest cosine with each query, in ascending order. (n, depth), the last
        ones -1 where there are fewer. What one query finds does not depend on the others."""
        out = np.full((len(queries), depth), np.iinfo(np.int32).max, dtype=np.int32)
        wanted = min(depth, self.size)
        if len(queries) and wanted:
            answer = self._collection.query(query_embeddings=queries, n_results=wanted, include=[])
            for place, ids in enumerate(answer["ids"]):
                out[place, : len(ids)] = [int(row) for row in ids]
        out.sort(axis=1)
        out[out == np.iinfo(np.int32).max] = -1
        return out


def _opened() -> tuple[Any, Any]:
    """Client and a collection of its own. Chroma is imported here: it takes a second."""
    import chromadb
    from chromadb.config import Settings

    client = chromadb.EphemeralClient(settings=Settings(anonymized_telemetry=False))
    # No embedding function: vectors are always passed, and Chroma's own would download a model.
    name = f"items-{uuid.uuid4().hex}"
    return client, client.create_collection(name, configuration={"hnsw": _GRAPH}, embedding_function=None)
