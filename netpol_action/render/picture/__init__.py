"""Maps as pictures: endpoints gathered into nodes (`parts`), pairs into lines (`cover`), drawn as dot or mermaid."""
