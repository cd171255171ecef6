"""The game: people run the organisations of a small town, try to agree, and then see the same town without their decisions.

A game is a list of events (`file`), which `town.Town` plays with the agents of the readable engine (`seats`): the same events
give the same bits. `room` says who may do what and when, and what each player sees; `reveal` plays the game again with something
left out. No rule of the model knows about players.
"""
