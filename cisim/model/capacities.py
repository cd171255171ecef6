"""How much a record can hold. Loops run to the used length; these bound the settings (records have one fixed shape)."""

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
