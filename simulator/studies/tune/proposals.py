"""Which parameters to try next: Optuna's tree-structured Parzen estimator, made to repeat exactly.

Bergstra, Bardenet, Bengio & Kégl, "Algorithms for hyper-parameter optimization", NeurIPS 2011; Akiba, Sano, Yanase,
Ohta & Koyama, "Optuna: a next-generation hyperparameter optimization framework", KDD 2019.

The study's own record of trials is the only state: for each proposal they are told anew to a sampler in memory whose
seed is that of the study and the trial's number. So nothing of Optuna's is stored or unpickled, and a study that was
interrupted proposes what it would have proposed.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from simulator.randomness import Stream
from simulator.records import UserInputError
from simulator.studies.tune.space import Dimension
from simulator.studies.tune.trials import Trial, as_finished

if TYPE_CHECKING:
    import optuna

STARTUP = 8
"""Trials drawn at random before the sampler believes what it has seen. Assumed."""
_ATTEMPTS = 20
"""Proposals that may repeat an earlier trial before the space counts as tried out."""


def require_optuna() -> None:
    """Raises UserInputError if Optuna is not installed."""
    try:
        import optuna  # noqa: F401
    except ImportError:
        raise UserInputError(
            'tuning needs Optuna, which is not installed. Type: pip install -e ".[tune]" -c constraints.txt'
        ) from None


def propose(space: Sequence[Dimension], trials: Sequence[Trial], *, seed: int, number: int) -> dict[str, Any] | None:
    """Parameters for trial `number`, by name; None where nothing new is left to try. The highest score is sought."""
    import optuna

    tried = [trial.params for trial in trials]
    with _quiet():
        distributions = {dimension.name: _distribution(dimension) for dimension in space}
        for attempt in range(_ATTEMPTS):
            luck = Stream.of(seed, "fit", f"tune/{number}/{attempt}").key >> 33
            sampler = optuna.samplers.TPESampler(seed=luck, n_startup_trials=STARTUP, multivariate=True)
            study = _told(space, trials, sampler)
            params = study.ask(distributions).params
            if params not in tried:
                return params
    return None


def importance(space: Sequence[Dimension], trials: Sequence[Trial]) -> dict[str, float] | None:
    """How much each parameter matters for being among the better trials, summing to 1; None with too few trials.

    Watanabe, Bansal & Hutter, "PED-ANOVA: efficiently quantifying hyperparameter importance in arbitrary subspaces",
    IJCAI 2023.
    """
    import optuna

    lived = [as_finished(trial, trials) for trial in trials if trial.state != "failed" and _fits(space, trial.params)]
    if len(lived) < STARTUP or len(space) < 2 or len({trial.score for trial in lived}) < 2:
        return None
    with _quiet():
        study = _told(space, lived, optuna.samplers.RandomSampler(seed=0))
        evaluator = optuna.importance.PedAnovaImportanceEvaluator()
        found = optuna.importance.get_param_importances(study, evaluator=evaluator)
    return {name: float(share) for name, share in found.items()}


def _told(space: Sequence[Dimension], trials: Sequence[Trial], sampler: Any) -> optuna.Study:
    import optuna

    study = optuna.create_study(direction="maximize", sampler=sampler)
    states = {
        "complete": optuna.trial.TrialState.COMPLETE,
        "stopped": optuna.trial.TrialState.PRUNED,
        "failed": optuna.trial.TrialState.FAIL,
    }
    for trial in trials:
        if not _fits(space, trial.params):  # the scenario's own parameters may lie outside of what is searched
            continue
        study.add_trial(
            optuna.trial.create_trial(
                state=states[trial.state],
                value=trial.score if trial.state == "complete" else None,
                params=_as_searched(space, trial.params),
                distributions={dimension.name: _distribution(dimension) for dimension in space},
                intermediate_values={look.people: look.score for look in trial.looks},
            )
        )
    return study


def _fits(space: Sequence[Dimension], params: Mapping[str, Any]) -> bool:
    return all(dimension.name in params and dimension.holds(params[dimension.name]) for dimension in space)


def _as_searched(space: Sequence[Dimension], params: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers of the type that the range has: a whole number in a range of real ones is one of them."""
    types: dict[str, Any] = {"int": int, "float": float}
    return {one.name: types.get(one.kind, lambda value: value)(params[one.name]) for one in space}


def _distribution(dimension: Dimension) -> Any:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if dimension.kind == "choice":
        return CategoricalDistribution(dimension.choices)
    if dimension.kind == "int":
        return IntDistribution(
            int(dimension.low), int(dimension.high), log=dimension.log, step=int(dimension.step or 1)
        )
    return FloatDistribution(dimension.low, dimension.high, log=dimension.log, step=dimension.step)


@contextmanager
def _quiet() -> Iterator[None]:
    """Optuna logs and warns to standard error; a study tells its trials itself."""
    import optuna

    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        optuna.logging.set_verbosity(level)
