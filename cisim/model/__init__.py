"""The model: one quarter, in order.

Each phase is simultaneous (all decide on the state at its beginning, then all change) except `plan`, where each move
changes what later movers see. A school year is four quarters; after the isolated years (`run.warmup_years`) the arms differ.

 1  shock      outside events: what works best drifts, dated shocks strike, budgets arrive
 2  convene    the pot is filled, functions are covered, data improve and are taken up; reviews set agenda and plan
 3  join       organisations join and leave, the initiative lasts or ends, funders align, schools open up
 4  fund       yearly, the grant round
 5  budget     grants, pot and interventions are paid, hours split
 6  promise    each organisation keeps or breaks its promise this quarter
 7  plan       working groups propose; organisations choose where (and rarely on what) to work
 8  deliver    programmes, dose, needs met
 9  learn      staff leave, quality, tested programmes and practice
10  relate     partnerships, trust, acquaintances, commitment
11  progress   yearly, public provision may change, pupils grow; indicators are published
12  settle     grants run out, organisations close, newcomers arrive, accounts are settled
13  observe    all metrics are measured

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
