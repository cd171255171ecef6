"""How much a record can hold: records have one fixed shape, loops run to the length in use, and settings must stay within it."""

CAPACITY = {
    "needs": 8,
    "stages": 8,
    "districts": 8,
    "sites": 8,
    "partners": 12,
    "prospects": 32,
    "indicators": 64,
    "interventions": 4,
    "programmes": 4,
}
