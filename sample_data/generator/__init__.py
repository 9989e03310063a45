"""Generator of the bundled sample company. Standard library only; no clock, no environment."""
