"""The names of Riverbend's organisations, schools and funders, by slot."""

NEEDS = ("learning", "health", "family", "mentoring")
_FIRST = ("Open", "Bright", "Common", "First", "Green", "Harbour", "Kite", "Lantern", "North", "River", "Second", "Wide")
_SECOND = ("Door", "Club", "Hands", "House", "Path", "Table")
_TREES = """Alder Birch Cedar Dogwood Elm Fir Ginkgo Hazel Ivy Juniper Katsura Linden Maple Nettle Oak Poplar Quince Rowan
Spruce Tamarack Aspen Vine Willow Yew Beech Cherry Cypress Laurel Larch Myrtle Olive Pine Sumac Teak Walnut Hawthorn"""
SCHOOLS = tuple(_TREES.split())
FUNDERS: tuple[str, ...] = (
    "Mill Fund",
    "River Trust",
    "Bell Foundation",
    "Harbour Trust",
    "Quarry Fund",
    "Station Trust",
    "Orchard Fund",
)
FUNDERS += ("Bridge Foundation", "Market Trust", "Garden Fund", "Tower Foundation", "Valley Trust", "Ferry Fund", "Lamp Trust")


def organisation(slot: int) -> str:
    """The name of an organisation: each of the first 72 slots has its own."""
    first, round_ = slot % len(_FIRST), slot // len(_FIRST)
    return f"{_FIRST[first]} {_SECOND[(round_ + first) % len(_SECOND)]}"


def name(seat: str) -> str:
    """The name that belongs to a seat such as npo:4, funder:0 or school:3."""
    kind, _, slot = seat.partition(":")
    if kind == "npo":
        return organisation(int(slot))
    return (FUNDERS if kind == "funder" else SCHOOLS)[int(slot)]
