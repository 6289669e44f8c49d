"""Output to the outside: `plan` decides what to write, the other modules perform one kind of effect each."""
