"""Asks a library itself, by the calls of its own manual, for pages: the pages that an adapter has to show too.

    python adapter_oracle.py LIBRARY < order.json > answer.json

Runs in the interpreter that has the library, on nothing of this project. The order: pairs of (person, item) numbers,
oldest first, the model's class and params, people and k. The answer: a list of items for each person.
"""

import importlib
import json
import os
import sys


def main() -> None:
    """Read the order, ask, write the answer; what libraries print goes to standard error."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    order = json.load(sys.stdin)
    module, _, name = order["model"].partition(":")
    model = getattr(importlib.import_module(module), name)
    json.dump(ASK[sys.argv[1]](model, order), out)
    out.close()


def frame(order, user, item, value, time):
    import pandas as pd

    people, items = zip(*order["pairs"], strict=True)
    columns = {user: people, item: items, value: 1.0, time: range(len(people))}
    return pd.DataFrame(columns)


def rectools(model, order):
    import pandas as pd
    from rectools import Columns
    from rectools.dataset import Dataset

    table = frame(order, Columns.User, Columns.Item, Columns.Weight, Columns.Datetime)
    table[Columns.Datetime] = pd.to_datetime(table[Columns.Datetime], unit="s")
    data = Dataset.construct(table)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(order["seed"])
    made = model.from_config(order["params"])
    made.fit(data)
    found = made.recommend(order["people"], data, k=order["k"], filter_viewed=True)
    return [found[found[Columns.User] == person][Columns.Item].tolist() for person in order["people"]]


def lenskit(model, order):
    from lenskit.data import from_interactions_df
    from lenskit.operations import recommend
    from lenskit.pipeline import topn_pipeline
    from lenskit.training import TrainingOptions

    scorer = model(**order["params"])
    data = from_interactions_df(frame(order, "user_id", "item_id", "rating", "timestamp"))
    scorer.train(data, TrainingOptions(rng=order["seed"]))
    pipeline = topn_pipeline(scorer)
    pipeline.train(data, TrainingOptions(retrain=False))
    return [recommend(pipeline, person, order["k"]).ids().tolist() for person in order["people"]]


def cornac(model, order):
    from cornac.data import Dataset

    rows = [(user, item, 1.0, time) for time, (user, item) in enumerate(order["pairs"])]
    data = Dataset.from_uirt(rows, seed=order["seed"])
    made = model(**order["params"], seed=order["seed"]).fit(data)
    return [made.recommend(person, k=order["k"], remove_seen=True, train_set=data) for person in order["people"]]


def implicit(model, order):
    import numpy as np
    from scipy import sparse

    user, item = np.array(order["pairs"]).T
    matrix = sparse.csr_matrix((np.ones(user.size, dtype=np.float32), (user, item)), shape=order["shape"])
    made = model(**order["params"], num_threads=1)
    made.fit(matrix, show_progress=False)
    people = np.array(order["people"])
    return made.recommend(people, matrix[people], N=order["k"], **order.get("call", {}))[0].tolist()


def microsoft(model, order):
    import pandas as pd

    made = model(**order["params"])
    made.fit(frame(order, "userID", "itemID", "rating", "timestamp"))
    found = made.recommend_k_items(pd.DataFrame({"userID": order["people"]}), top_k=order["k"], remove_seen=True)
    return [found[found["userID"] == person]["itemID"].tolist() for person in order["people"]]


ASK = {one.__name__: one for one in (rectools, lenskit, cornac, implicit, microsoft)}

if __name__ == "__main__":
    main()
