"""The model: one quarter, in order.

Each phase is simultaneous (all decide on the state it began with, then all change) except `plan`, where who moves
changes what the next one sees. A school year is four quarters; after the isolated years (`run.warmup_years`) the arms part.

 1  shock      what nobody chose: what works best drifts, dated shocks strike, budgets arrive
 2  convene    the pot is filled, the six functions are covered, data improve; at reviews committee, agenda and plan
 3  join       organisations join and leave, the initiative lasts or ends, funders align, schools open up
 4  fund       yearly, the grant round
 5  budget     grants, pot and interventions are paid, hours split
 6  promise    who keeps its word this quarter
 7  plan       where (and rarely on what) to work
 8  deliver    programmes, dose, needs met
 9  learn      staff leave, quality and practice
10  relate     partnerships, trust, acquaintances, commitment
11  progress   yearly, pupils grow; indicators are published
12  settle     grants run out, organisations close, newcomers arrive, accounts are made up
13  observe    everything is measured

Money is in thousands of dollars ($k), time in quarters, shares in [0, 1].
"""

SCHEDULE = (
    "shock",
    "convene",
    "join",
    "fund",
    "budget",
    "promise",
    "plan",
    "deliver",
    "learn",
    "relate",
    "progress",
    "settle",
    "observe",
)
