"""Calibration: which settings fit published or own numbers, found by history matching in waves, and an ensemble of them.

asked = Calibration.read("ledger")                    # targets by a file's path, or those of the evidence ledger
result = calibrate(asked, "results/calibration")      # runs what the folder lacks
print(*result.sentences(), sep="\n")
"""
