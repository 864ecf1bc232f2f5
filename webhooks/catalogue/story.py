"""Ids that the samples of events share: all tell of one study of a ticket kiosk."""

TEAM = "cm7q0a1b2team8kiosk4crew5"
EVALUATION = "cm7q0c3d4study9ticket2kio"
COMPARISON = "cm7q0c3d5compare1payment7"
AUTOUSER = "cm7pz81k2autouser6nurse30"
RUBRIC = "cm7q4z9r8rubric5frozen1aa"
