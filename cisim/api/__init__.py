"""The functions of notebooks and scripts, all of them also by `cisim.NAME`: each does what the command of its name does.

    scenarios    load, scenarios, settings, metrics, community_template, column
    runs         run, agents, verify, story, warm
    studies      compare, variants, ablate, plausible, intervene, programme, chance, evidence
    decisions    decide, best, headroom
    experiments  experiment, experiments, experiment_template, problem
    sweeps       sweep, results, status, merge, replay, calibrate
    analyses     analyse, report, cite
    exploring    prim, robustness
    arrays       to_xarray
    plots        plot

A result has `sentences()`, the conclusion first, `frame()`, a tidy table, and `by_seed()`, a tidy table with a value for each
seed. Names of columns can be written as attributes: `frame.spent_delivery`. What cannot be used raises InputError, one sentence.
"""
