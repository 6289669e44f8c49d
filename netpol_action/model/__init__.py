"""The words that the stages share: frozen values, no input or output, and no knowledge of any stage."""
