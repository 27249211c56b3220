package vaulttest

// fifoAttacks: there are no FIFOs in a directory of Windows.
func fifoAttacks() []Attack { return nil }
