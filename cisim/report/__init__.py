"""A report of a sweep: one HTML file with sentences, charts and tables on what the runs in a results folder show.

    report("results/when-it-pays", "report.html")

It needs nothing but itself: no network, no script or font from elsewhere. The same folder gives the same bytes.

    assembling  all of it, in order                       contents   sections and tables in plain data, and the page
    sections    what was run and what the analyses show   comparison one comparison instead of a sweep
    reproduce   commands, digests, methods                citing     a methods paragraph to take over

Charts are figures of `cisim.present`, drawn as SVG.
"""

from cisim.report.assembling import html, report
from cisim.report.comparison import comparison_html

__all__ = ["comparison_html", "html", "report"]
