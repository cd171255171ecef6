"""The page: decide between approaches in the browser, on the same engine and with the same numbers as the command line.

    app         the tabs, and the frame around them
    state       what one visitor sees and has changed
    links       a view as a short query, and back
    cases       which scenarios there are, and what is too large
    chart       a figure drawn by ECharts, and a table
    takeaway    a tab's link, files and command
    server/     start, the gate, the queue that computes each answer once for all, and the elements a page is made of
    decide/     the first tab: one question, its answer, the levers next to it, and what is behind the answer
    money/      one funder's own money: ways to give it side by side
    town/       a visitor's own tables, or five numbers, as the community that is compared
    watch/      one run quarter by quarter, two arms side by side, and an organisation's story
    explore/    a results folder opened: the map, what decides it, and each run
    learn/      the lesson: its texts are in lesson.toml, one file computes each step, and class mode has rooms for it
    play/       the game: its rooms, and the pages for phones and the projector, which have no part of Solara
    phones/     what rooms with phones share: how they talk, codes, addresses and style

There is no model here: all numbers come from the floors below. A further tab is a folder with one component and a line in
`app.TABS`; its `jobs` define what is computed, `server.waiting.use_job` waits for it, and `chart.Chart` draws it.
"""
