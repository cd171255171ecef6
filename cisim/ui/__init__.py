"""The page: compare the ways of working in the browser, on the same engine and with the same numbers as the command line.

    start       the server on loopback, everything local            shell     mends what Solara's own page lacks
    site        the gate: which requests reach the page             policy    what browsers may load and run
    hosts       names answered to, addresses visitors come from     assets    the files of packages that may be loaded
    tabs        room for tabs, in all and from one address          messages  what a tab may say to the server
    log         what the server writes: short, and not too much
    app         the tabs, and the frame around them                 state     what one visitor sees; the link says the same
    cases       which scenarios there are, and what is too large    links     a view as a short query, and back
    controls    every setting, generated from the schema            knobs     the few that come first, in plain words
    work        answers for all visitors: computed once, in turn    jobs      what is computed: comparison, gaps, plausible
    explore     a results folder opened, map and runs               findings  what is computed of a folder
    folders     which results folders a visitor may open            points    a point of a sweep as settings Compare takes
    compare     the first tab: the answer and the settings          charts/   comparisons as ECharts options, pure functions

No model is in here: whatever is computed comes from the floors below. A further tab is a module with one component and a
line in `app.TABS`; it asks `work` for what it shows and draws with `chart.Chart`.
"""
