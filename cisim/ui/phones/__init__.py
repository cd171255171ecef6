"""What rooms with phones share, the game's and the lesson's: how they talk, codes, addresses, and the look of their pages."""
